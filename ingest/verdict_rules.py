"""The rules that separate targets from other numbers, as data, in the order in which they are tried.

A rule matches if all its conditions hold: `form` and `units` of the number, `frames` (class of the sentence), `before`
(searched in the sentence up to the comparator and digits), `after` (matched directly after unit and bound), `figures`
(matched against the number with its unit), `clause` (searched in the clause of the number). The first rule that matches
applies.
"""

import re
from typing import NamedTuple

from ingest.language import lexicon
from ingest.language.units import MEASURES


class Rule(NamedTuple):
    """One rule: its code, verdict, confidence (0 to 1) and the reason shown to the reviewer."""

    code: str
    verdict: str
    confidence: float
    reason: str
    form: str | None = None
    frames: frozenset[str] = frozenset()
    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None
    figures: re.Pattern[str] | None = None
    clause: re.Pattern[str] | None = None
    units: frozenset[str] | None = None
    script: str | None = None


def _c(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_MONEY = frozenset({"元", "美元", "欧元", "港元"})
_PLAIN = frozenset({""})
_BODIES = "项目|企业|产业|工业|集群|园区|开发区|工程|平台|基金|市场主体|经营主体|商圈|街区|镇|村|县|市|区|品牌|产品|单品|生产线|产线|基地|链条|产业链|板块|赛道|园|城|大县|强县|强镇|强村|俱乐部|级|规模以上|梯队|酒店|景区|机组|电站|光伏|风电|泊位|码头|船|公路|桥|厂|医院|学校|场馆|投资项目"

RULES = (
    # --- by form alone ---
    Rule("date", "name", 0.99, "日期、年份或季度", form="date"),
    Rule("label", "name", 0.97, "名称或代号里的数字（5G、PM2.5、每千人）", form="label"),
    Rule("document-number", "name", 0.98, "文号、电话、届次、条款号", before=_c(r"(?:第|〔|〕|No\.?|电话[：:]?|热线|邮编[：:]?)$")),
    Rule("document-number-after", "name", 0.98, "文号、届次、号码", after=_c(r"号(?!召)|周年|世纪|届(?!时)|年代|〔|版(?!权)|强(?!化)|时代|生肖|文件")),
    Rule("ordinal", "name", 0.95, "期次、等级、型号", after=_c(r"(?:工程|项目|机组|建设|改造|、[一二三四五]期|及|和|线|配套|投产|开工|等|$|，|。|）|纲要|双高)"), figures=_c(r"[一二三四五六七八九十]{1,2}期$|(?:[1-9]期)$")),
    Rule("grade", "name", 0.95, "等级", figures=_c(r"(?:[一二三四五六1-6]|[0-9A-Z]+)级(?!以上)$"), before=_c(r"(?<!达)(?<!达到)(?:国家|省|市|[，、。]|^|[^\d])?$"), after=_c(r"(?!以上台阶)")),
    Rule("model", "name", 0.93, "型号、电压等级、口径", units=frozenset({"千伏", "英寸", "伏", "寸", "G", "M", "纳米", "毫米", "两"})),
    # --- things said about the document or the world, not promised ---
    Rule("structure", "name", 0.93, "文章自身的条目数", figures=_c(r"(?:[一二三四五六七八九十两]{1,3}|\d{1,2})(?:个|大|项|条|类|方)$"), after=_c(r"(?:方面|领域(?!.{0,6}(?:改革|突破))|重点(?:工作|任务|领域|方面|方向)|关键|环节|维度|原则|坚持|定位|重大任务|任务|工作|主要|着力点|抓手|问题|关系|重要|层面|导向|统筹|必须|更加|全面|确立|意识|自信|维护|注重|显著|大力|聚焦|关口|方针|目标|战略任务|突出|五年|百年|阶段|时期|季度|月|战略|举措|攻坚|行动(?!计划\d)|维|优先|主题)|(?:转变|转型|提升|体系|保障|支撑)(?=[，。；”、]|$)")),
    Rule("deeds-counted", "name", 0.85, "实事的件数，各件另行写明", figures=_c(r".*[件项个]$"), after=_c(r"[一-鿿\d]{0,18}实事")),
    Rule("delegates", "name", 0.9, "代表、委员的人数", figures=_c(r".*[名位]$"), after=_c(r"[一-鿿]{0,6}(?:代表|委员)")),
    Rule("list-counted", "name", 0.85, "清单的项数，各项另行写明", figures=_c(r".*[项个件]$"), before=_c(r"(?:共|共计|包括|安排|分为)[^，。；]{0,6}(?:方面|大类|类)$")),
    Rule("indicators-counted", "name", 0.93, "指标的个数", figures=_c(r".*[个项]$"), after=_c(r"[一-鿿]{0,6}指标")),
    Rule("indicators-of", "name", 0.93, "指标的个数", figures=_c(r".*[个项]$"), before=_c(r"(?:预期性|约束性|主要)指标$")),
    Rule("tally", "name", 0.85, "并列事物的个数，事物已逐一列出", script="chinese", figures=_c(r"[两二三四五六七八](?:个|大|座|条|处|家)$"), before=_c(r"[^处个座条家所项台部支场名人户\d](?:、|和)“?(?![^，。；、]*(?:建|打造|培育|引进|新|设立|完成|推进|实施|举办|支持|等$))[^，。；、\d]{1,12}$"), after=_c(r"[一-鿿]")),
    Rule("scope", "name", 0.85, "工作的范围，数量另行写明", before=_c(r"(?<![定持制设])在$"), after=_c(r"[^，。；]*\d")),
    Rule("years", "name", 0.9, "年数", units=frozenset({"年"}), before=_c(r"^(?!.*(?:年限|寿命|周期|学制|期限)[^，。；、]*$)")),
    Rule("one", "name", 0.9, "泛指的“一个”", figures=_c(r"一(?:个|支|张|种|套|类|份|条|次|件|名|位|代|块|本|段|层|环|步|端|口|面|线|点|头|门|台戏|方|手|期|国|场|部|揽子|股|轮|级|县|乡|镇|村|市|区|园|校|户|项|站)$"), after=_c(r"[^，。；、以]")),
    Rule("two-sides", "name", 0.85, "习语中的数字", script="chinese", figures=_c(r"(?:两|二|三|四|五|六|七|八|九|十)(?:级|大|线|代|环|端|方|层|面|点|头|手|口|步|心|同|位|边|道|段|节|市|区|省|县|类|国|化|项|链|轮|季|维|性|镇|村|园|校|户|次|年)$"), after=_c(r"(?!以上|以内|左右)")),
    Rule("age", "name", 0.93, "人群的年龄", units=frozenset({"岁"}), figures=_c(r".*(?:以上|以下)$"), after=_c(r"[一-鿿]")),
    Rule("age-group", "name", 0.93, "人群的年龄", units=frozenset({"岁"}), after=_c(r"(?:的)?(?:老|儿童|人|妇女|女性|适龄|未成年|青|失能|高龄|户籍|居民|职工|群体|至|—|-)")),
    Rule("bracketed-old", "past", 0.9, "引号里转述的旧目标或判断", before=_c(r"完成“[^”]{0,30}$")),
    # --- baselines and comparisons ---
    Rule("baseline-from", "baseline", 0.97, "基期值（从……到……）", before=_c(r"(?:从|由|自(?=\d))[^，。；、到至]{0,16}$"), after=_c(r"(?:的|左右|以上|多)?[^，。；]{0,6}?(?:提高|提升|增加|增长|上升|下降|降低|降|压缩|压减|扩大|缩短|缩小|减少|增|扩|升|调整|跃升|变|放宽|上调|下调|发展|改|延长|翻|拓展|壮大|达|突破|回落|倍增)?(?:到|至|为)")),
    Rule("baseline-bracket", "baseline", 0.9, "括号里的往年数值", before=_c(r"（[^）]*20\d\d年(?:末|底)?[^）]{0,8}$")),
    Rule("compared", "past", 0.85, "与上年比较的差额，水平值已另行写明", before=_c(r"\d[^，。；]{0,8}[、，](?:比|较)(?:上年|去年|20\d\d年)(?:实际|预算|执行数?)?(?:增加|提高|扩大|减少|降低|高|多|增)$"), figures=_c(r"(?!.*[^点]%).*(?:元|点|人|吨)$")),
    Rule("baseline-base", "baseline", 0.95, "在……的基础上", before=_c(r"在[^，。；]{0,30}$"), after=_c(r"(?:左右|以上|的)*基础上")),
    Rule("baseline-original", "baseline", 0.9, "原有的数值", before=_c(r"(?:原来的|原有的?|原先的|由原来|从目前的|现有的?|原)$")),
    Rule("margin-past-place", "past", 0.88, "与别处比较的既成事实", before=_c(r"(?:高于|快于|高出|领先|低于)[^，。；]{0,14}(?:平均|水平|增速)?$"), frames=frozenset({"past"})),
    # --- thresholds and sizes inside names ---
    Rule("threshold", "name", 0.95, "名称里的门槛（10亿元以上的项目）", units=MEASURES - {"床位", "学位", "人次", "标箱", "%"}, figures=_c(r".*(?:以上|以下|以内)$"), after=_c(rf"(?:的)?(?!增长|提高|，|。|；|、|（|资金|补助|投资(?!项目))[一-鿿]{{0,10}}?(?:{_BODIES}|老年|人口|人群|儿童|居民|建筑|住房|面积|路段|用户|地区|耕地|水域|河流|用地|地块)")),
    Rule("threshold-counted", "name", 0.88, "名称里的门槛（20户以上自然村）", figures=_c(r".*[户人名]以上$"), after=_c(r"(?:的)?[一-鿿]{2,14}?(?:率|占比|比例|比重|达到|覆盖)[^，。；]*\d")),
    Rule("threshold-grade", "name", 0.95, "量级名称（百亿级、千万级、万亩级）", after=_c(r"级")),
    Rule("threshold-grade-unit", "name", 0.95, "量级名称（百亿级、千万级、万亩级）", figures=_c(r".*[百千万亿]级$")),
    Rule("round-name", "name", 0.85, "名称里的整数（千亿斤粮食产能提升行动）", script="chinese", figures=_c(r"[十百千][万亿]?[一-鿿]{1,3}$"), after=_c(r"[一-鿿“”]{0,14}?(?:行动|工程|计划|产能提升|示范区|基地|梯队|品牌)")),
    Rule("threshold-of", "name", 0.9, "名称里的门槛（其中10亿元以上的3家）", units=MEASURES, figures=_c(r".*(?:以上|以下)$"), after=_c(r"的?(?:有|达到|不少于|占)?\d")),
    Rule("threshold-money", "name", 0.9, "名称里的量级（超百亿元企业）", units=_MONEY, after=_c(rf"(?:的)?(?:工业|先进制造业|现代|特色|新兴|优势|重大|重点|农业|服务业|规上|龙头|产业|绿色|战略性|数字|装备|旅游|外资|内资|先进|高技术|电子|食品|化工|医药|新能源|汽车|文旅|主导|全|县域|支柱|核心)*(?:{_BODIES})")),
    Rule("size-of", "name", 0.92, "项目的规模（总投资30亿元的项目）", before=_c(r"(?:总投资|投资额|投资|占地|总占地|总建筑面积|建筑面积|总规模|计划总投资|年产|日产|日处理|日供水|装机|装机容量|总装机|库容|全长|总长|单体|注册资本|产值|营收|营业收入|年营收|年收入|年销售额|主营业务收入|税收|纳税|亩均税收|规模|面积|长|高|单项合同额)(?:分别|各|约|为|达|达到|超|超过|在|近|不低于)*$"), after=_c(r"(?:左右|以上|以下)?的(?!目标|任务|改造|建设任务|投资任务)")),
    Rule("size-unit-of", "name", 0.85, "项目的规模（数量加“的”修饰名词）", units=MEASURES - {"%", "床位", "学位", "人次"}, after=_c(rf"的[一-鿿“”A-Za-z]{{1,24}}?(?:{_BODIES}|公园|广场|中心|仓库|粮库|水库)")),
    Rule("size-each", "name", 0.88, "每一个的规模", before=_c(r"(?:每[家个所座处户间套]|单[个体])[^，。；\d]{0,8}(?:面积|投资|规模)$")),
    Rule("size-alone", "name", 0.8, "单个项目的规模", before=_c(r"^[^\d]*[，、](?:项目)?(?:总)?(?:建筑|占地|展陈)?(?:面积|总投资|用地|库容|全长)(?:约|为|达|共)?$")),
    Rule("effect", "name", 0.85, "项目建成后的预期效益", before=_c(r"(?:建成|投产|达产|完工|投用|投运|全部投产|全部达产|实施)(?:投产|达产|运营|投用)?后(?:，|预计|可|将|年|每年|能|新增|全)[^。；]{0,40}$")),
    Rule("effect-capacity", "name", 0.85, "项目建成后的产能", before=_c(r"(?:可|能|预计)(?:新增)?(?:年产|年处理|年加工|日处理|年产值|年发电)[^，。；\d]{0,12}$")),
    Rule("size-this", "name", 0.85, "某一项目的规模", before=_c(r"(?:该|本|此|这一)项目[^。；]{0,40}$"), frames=frozenset({"open", "past"})),
    Rule("size-capacity", "name", 0.92, "项目的规模（年产10万吨……项目）", before=_c(r"(?:年产|日产|日处理|日供水|年加工|年处理|年出栏|年屠宰|年存栏|日加工)(?:能力)?(?:约|达|超)?$"), after=_c(r"(?!以上，|，|。|；)[一-鿿A-Za-z、（）“”0-9.+-]{1,40}?(?:项目|工程|生产线|产线|基地|园|厂|电站)")),
    Rule("size-power", "name", 0.9, "项目的规模（装机容量放在工程名前）", units=frozenset({"千瓦", "兆瓦", "吉瓦", "千瓦时", "兆瓦时", "千伏安"}), before=_c(r"(?<!投产)(?<!新增)(?<!建成)(?<!并网)$"), after=_c(r"(?:级)?[一-鿿“”]{0,14}?(?:项目|工程|电站|基地|电厂|机组|装置)")),
    Rule("size-name", "name", 0.88, "项目的规模（数量紧接项目名）", units=frozenset({"吨", "亩", "平方米", "立方米", "公里", "吨/年", "吨/日", "台", "米", "立方米/日"}), before=_c(r"(?:公司|集团|[一-鿿]{2}(?:高速|高铁|铁路)|股份|[A-Za-z]{2,})$"), after=_c(r"[一-鿿“”（）]{1,16}?(?:项目|工程|生产线|产线)")),
    Rule("size-bracket", "name", 0.85, "括号里的项目规模", before=_c(r"（[^）]{0,20}(?:投资|占地|建筑面积|长|规模)[^）]{0,8}$")),
    Rule("quoted-name", "name", 0.95, "引号里的名称", before=_c(r"[“《][^”》]{0,14}$"), after=_c(r"[^“”《》]{0,14}[”》]")),
    Rule("policy-count", "name", 0.85, "政策文件的条数", figures=_c(r".*条$"), after=_c(r"(?:[一-鿿]{0,4}(?:政策|措施|举措|意见|硬措施)|”|》|等)"), before=_c(r"(?:落实|执行|用好|落细|深化|抓好|贯彻|兑现|“|”|经济|发展|环境|消费)[^，。；]{0,20}$")),
    Rule("circle", "target", 0.75, "生活圈、服务圈的时长", units=frozenset({"分钟", "小时"}), frames=frozenset({"plan", "open"}), before=_c(r"(?:打造|建设|构建|形成|建成|完善|健全|布局|推进|织密|创建|实现)[^，。；\d]{0,16}$"), after=_c(r"[一-鿿“”（）]{0,14}圈(?!.{0,3}\d)")),
    Rule("circle-name", "name", 0.8, "生活圈名称里的时长", units=frozenset({"分钟", "小时"}), after=_c(r"[一-鿿“”（）、]{0,14}圈")),
    Rule("clock", "name", 0.85, "服务名称里的时长（24小时、7天）", figures=_c(r"(?:24小时|7天)$")),
    Rule("condition", "name", 0.85, "点数对象所须达到的条件（40家企业实现两位数增长）", before=_c(r"\d+(?:多|余)?(?:个|家|户)(?:以上)?[^，。；、\d]{0,10}(?:企业|产业|集群|园区|开发区|镇|村|县|街区)[^，。；、\d]{0,12}(?<!率)(?<!比重)(?<!占比)$"), figures=_c(r".*(?:元|%|位数)")),
    # --- the frame of the sentence ---
    Rule("context", "past", 0.93, "不在规划正文之内（引言、问题、致谢、注释）", frames=frozenset({"context"})),
    Rule("restated", "name", 0.85, "解释目标的话，目标已另行写明", frames=frozenset({"plan", "open"}), before=_c(r"(?:确定|设定|提出|安排|将[^，。]{0,14}(?:定为|设为|确定为)|考虑|按照|实现)[^，。；]{0,24}$"), after=_c(r"(?:左右|以上|以内)?的?(?:增长|增速|经济增速|增幅)?(?:预期)?目标[，。、]?[^。]{0,60}(?:考虑|兼顾|体现|有利于|符合|衔接|立足|需要|基于)")),
    Rule("restated-why", "name", 0.85, "解释目标的话，目标已另行写明", frames=frozenset({"plan", "open"}), before=_c(r"目标(?:定|设定|确定|安排)?(?:为|在|是)$"), after=_c(r"，(?:是|主要|这|既|综合|充分)[^。]{0,40}(?:考虑|兼顾|衔接|体现|需要)")),
    Rule("restated-that", "name", 0.85, "解释目标的话，目标已另行写明", frames=frozenset({"plan", "open"}), after=_c(r"(?:左右|以上|以内)?的?(?:增长|增速|经济增速|增幅)?(?:预期)?目标，(?:主要)?(?:体现|兼顾|考虑|是(?:基于|综合|立足|考虑)|既)")),
    Rule("past", "past", 0.95, "回顾部分的既成事实", frames=frozenset({"past"})),
    Rule("past-year", "past", 0.9, "分句说的是往年", frames=frozenset({"plan", "open"}), clause=_c(r"(?:^|[，；。：（])(?:\d{4}年|去年|上年|目前|截至|“十[一二三]五”)[^，]{0,20}(?:达|为|实现|完成|增长|累计|已)"), before=_c(r"(?:去年|上年|目前|截至|已经?)(?!.{0,40}(?:今年|将|力争|再|明年))[^，；]{0,40}$")),
    Rule("done", "past", 0.88, "分句说的是已经做成的事", frames=frozenset({"plan", "open"}), before=_c(r"(?:已(?:经|累计|建成|完成|有|达|实现)|累计(?:已|完成了)|[完建形获取达]成了|取得了|实现了|增长了|达到了|新增了|下降了|提高了|目前(?:，)?(?:已|全[市县区省]|共)?|去年(?!.{0,4}基础)|上年(?:同期)?(?:[^，。]{0,10})(?:为|达))[^，；。]{0,30}$")),
    Rule("done-since", "past", 0.85, "数字之后说已经做成", frames=frozenset({"plan", "open"}), after=_c(r"(?:多|余)?[^，。；、\d]{0,12}已(?:经|全部|基本|领|完|建|落|到|开|投|实)")),
    Rule("year-before", "past", 0.85, "与上年或基期比较的基准", before=_c(r"(?:相当于|是)(?:\d{4}年|上年|去年)的?$")),
    Rule("plan-one-item", "name", 0.8, "习惯用语里的小数目", script="chinese", frames=frozenset({"plan", "open"}), figures=_c(r"[两二三四五六七八九十](?:个|条|件|项|支|种|张|大|名|套|场|块)$"), after=_c(r"(?:文明|毫不|轮子|市场|循环|大局|一体|先行|责任|转|故事|清单|专项|轴|极|翼|核|带|片区|走廊|一公里|最后|到位|机制|支撑|支柱|高地|中心(?!.{0,8}(?:建设|建成))|引擎|优势|空间|主体|百|千|示范|轮|面|篇|张|支柱|品牌|拳头|率先|基地)")),
    Rule("bare", "name", 0.7, "没有单位、没有动词的数字", units=_PLAIN, figures=_c(r"[\d.,]+$"), before=_c(r"(?<!达到)(?<!达)(?<!突破)(?<!超过)(?<!至)(?<!到)(?<!于)(?<!在)(?<!为)(?<!分别)(?<!过)(?<!率)(?<!数)(?<!、)(?<!比)$")),
    Rule("plan", "target", 0.92, "规划部分的数量承诺", frames=frozenset({"plan"})),
    Rule("open-future", "target", 0.75, "动词说的是要做的事", frames=frozenset({"open"}), clause=_c(rf"^(?:{lexicon.ACTION.pattern})|力争|确保|争取|计划|将|要|新增|新建|建设|打造|培育|推进|实施|引进|实现|达到|控制|完成|开展|改造|推动|提升|提高|增长|突破|超过|比重|占比|举办|形成|以上|左右|以内|不低于|发展|组织|支持|治理|除险|开工|整治|修复|下降|降低|供应|改善|恢复|稳定|保持|预计稳定")),
    Rule("unsure", "unsure", 0.5, "没有规则能判断", frames=frozenset()),
)  # fmt: skip
