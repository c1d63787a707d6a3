"""Word lists for finding the name of an indicator in a clause."""

import re

CREATING = (
    "建设 建立 建成 打造 推行 推动 推进 实施 开发 举办 开展 布局 形成 发展 完成 组织 创建 设立 "
    "构建 建好 制定 出台 组建 搭建 创成 争创 创造 推出 发布 设置 配置 配备 承办 办好 办成 开设 "
    "开办 提供 落实 抓好 做好 安排 兑现 绘制 营造 编制 试点 探索 储建 成立 布设 建造 高标准建设 "
    "申报 争取 谋建 力推 力促 促成 促进 达成 举行 策划 攻克 统筹 滚动实施 深化 优化 完善 健全"
).split()
"""Verbs that create a thing. The name of the indicator is the thing alone."""

CHANGING = (
    "新增 增加 铺排 去化 投运 选送 吸纳 投入使用 输转 扩招 新入规 入规 发行 达产 投用 复产 减负 改厕 引才 "
    "新建 改建 扩建 改扩建 新改建 新改扩建 重建 续建 在建 引进 引育 招引 吸引 集聚 导入 引入 盘活 "
    "签约 签约储备 储备 谋划 开复工 开工 新开工 复工 竣工 投产 深耕 联系 启动 更新 改造 提升 整治 "
    "治理 修复 恢复 种植 补植 植树 造林 收储 出让 供应 筹集 发放 培训 培养 选派 招聘 选聘 招募 "
    "引导 扶持 支持 帮助 帮扶 服务 资助 救助 推广 认定 评选 遴选 入库 获批 淘汰 压减 压缩 减少 "
    "降低 关闭 拆除 腾退 清理 清退 化解 消除 查处 检查 巡查 开通 开行 投放 安装 加装 增设 铺设 "
    "敷设 架设 新开 新设 新植 复垦 流转 托管 覆盖 惠及 转移 转化 输送 办理 办结 投入 下达 减免 "
    "培育 孵化 扩大 巩固 拓展 拓宽 实行 新培育 新认定 新引进 新签约 新投产 新上 新入库 新登记 新注册 "
    "新发展 新种 新改造 新创建 新打造 新布局 兴建 创评 评定 升级 升规 纳统 引聚 汇聚 链接 对接 招商 "
    "销售 收购 出栏 存栏 保障 解决 筹建 筹措 保护 回收 处理 处置 打通 贯通 疏浚 清淤 加固 除险加固 "
    "硬化 亮化 绿化 美化 美化提升 养护 新修 修建 修缮 扩容 增容 接入 联通 交付 配租 配售 回迁 安置 "
    "搬迁 征收 拆迁 征迁 动迁 上线 受理 归集 募集 释放 撬动 带动 拉动 实训 转型 推介 举荐 输出 "
    "承接 转让 免除 开放 增配 增建 补建 补齐 补充 创作 演出 放映 送 送戏 送教 播种 整理 开垦 退耕 "
    "轮作 封育 抚育 监测 抽检 检测 抽查 筛查 体检 接种 签订 续签 签下 争引 推送 配送 购置 采购 "
    "增购 置换 报废 报废更新 更换 梳理 精简 取消 承诺 压降 清欠"
).split()
"""Verbs that change or move a thing. The name keeps the verb (新增高层次人才), because the thing alone means something else."""

CAUSING = ("支持 推动 引导 鼓励 帮助 组织 指导 带动 促进 助力 争取 推进 发动 依托 指导 督促 协调 持续 加快").split()
"""Verbs whose object does the action: 支持企业建设研发中心20个 counts the centres."""

REACHING = (
    "达到 达 增加到 增加至 增长到 增长至 增至 增到 提高到 提高至 提升到 提升至 扩大到 扩大至 上升到 "
    "上升至 稳定在 保持在 维持在 控制在 控制到 压缩到 压缩至 压减到 压减至 缩短到 缩短至 缩短为 缩小到 "
    "缩小至 降低到 降低至 下降到 下降至 降到 降至 减少到 减少至 减至 回落到 拓展到 拓展至 延长到 "
    "延长至 升至 升到 跃升至 跃升到 跃上 迈上 站上 发展到 发展至 壮大到 恢复到 恢复至 调整为 调整到 "
    "优化为 突破 超过 实现 完成 保持 稳定 维持 控制 为 是 到 至 在 有 确保在 确定为 提标至 提标到 "
    "放宽至 放宽到 上调至 上调到 落到 冲刺 力争达到 力争实现 不断 突破性 确保 力争 争取 继续保持在 "
    "以上 翻 迈过 跨过 冲击 挺进 守住 守牢 稳住 保住 位居 保障 形成 集聚 拥有 覆盖"
).split()
"""Verbs between a subject and its number."""

GROWING = ["增长", "增加", "提高", "提升", "上升", "扩大", "递增", "净增", "增", "涨", "上涨", "上浮", "上调"]
FALLING = "下降 降低 减少 压减 压缩 缩短 缩小 削减 回落 下浮 下调 降 减 压降 消减 精简 收窄".split()
"""Verbs that say how much a quantity changes, rather than where it ends."""

CHANGES = {**dict.fromkeys(GROWING, 1), **dict.fromkeys(FALLING, -1)}

ADVERBS = (
    "进入前 跻身前 前 分别 各 均 总计 共计 合计 共 累计 约 年均 每年 全年 年内 今年 力争 确保 "
    "争取 努力 保证 务必 务求 要 将 再 新 同比 比上年 比去年 较上年 较去年 同口径 按可比价 "
    "按可比口径 可比 继续 持续 稳步 不断 进一步 全面 基本 整体 总体 可 能 须 应 已 预计 计划 大幅 "
    "实际 名义 到 至 在 为 的 率先 平稳 以上 每 五年 三年 五年内 五年累计 期末 实际增长 年度 年增 "
    "全部 一次性 提前 同步"
).split()
"""Words around the verb of a number that belong neither to the name nor to the action."""

LEADING = (
    "同时 其中 此外 另外 并且 并 且 力争 确保 争取 努力 保证 务必 务求 要 将 拟 预计 今年 明年 "
    "全年 年内 每年 当年 本年度 年底前 上半年 下半年 再 还 也 使 让 实现 继续 不断 进一步 力争全年 "
    "全年力争 以及 和 与 及 至少 累计 共 总计 最终 期末 届时 五年 五年内 未来五年 三年内 力促 促 "
    "保持 维持 是 达到 总共 还将 我们将 我们要 我们 全市上下 计划"
).split()
"""Words at the start of a clause, before its verb or subject."""

MANNERS = (
    "全面 着力 加快 加速 大力 积极 持续 有序 高质量 高标准 高水平 高效 扎实 深入 稳步 重点 滚动 "
    "统筹 同步 分类 分批 适时 有效 切实 加力 加大 全力 主动 科学 精准 率先 逐步 着重 一体 一体化 "
    "常态化 因地制宜 聚力 奋力 集中 抓紧 尽快 全域 规范 稳妥 稳定 坚决 认真 严格 广泛 系统 更好 "
    "动态 梯次 梯度 提质 创新 大规模 强化 加强 突出 抓实 做强 做优 做大 完善 专项 深度 启动 "
    "持续推进 推动 推进 组织 定期 免费 重新 综合 依法 统一 联合 自主 多渠道 多方 整体 整县 整村"
).split()
"""Words that say how something is done: dropped before a verb, kept before a noun (重点实验室)."""

PREDICATES = (
    "纳入 实现 进入 达到 完成 参与 入驻 获得 获评 获批 获 开展 投入 建成 通过 接受 享受 开工 投产 "
    "竣工 落地 上市 升级 升规 转型 入选 入库 列入 挂牌 投用 投入使用 成为 加快 复工 满负荷 上云 "
    "上规 迈向 用上 喝上 提供 得到 建立 开设 设立 实施 接入 交付 签约 登陆 晋升 晋级 创成 争创 "
    "培育成 跻身 迁入 摘帽 达标 改善 对接 申报 走出去 晋位 迈入 进驻 增补 搬得出 进行 加装 安装 "
    "更换 配备 配置 到"
).split()
"""Verbs after a counted noun (5家企业进入报辅程序), where the noun ends."""

NOMINAL = (
    "改造 提升 搬迁 整治 建设 创建 推进 扩大 开放 融资 拓展 增收 增产 稳定 运行 启动 脱贫 修缮 治理 更新 修复"
).split()
"""Verbs that are also nouns. After a counted noun, they end it only at the end of the phrase (企业搬迁改造)."""

AMOUNTS = "产值 营收 营业收入 主营业务收入 年产值 税收 增加值 销售收入 产能 规模 利润 年营收".split()
"""Amounts that a counted noun must reach (企业产值实现两位数增长)."""

BARE = (
    "产值 总产值 工业产值 规上产值 年产值 综合产值 全产业链产值 全产业链总产值 营业收入 年营业收入 营收 "
    "总营收 主营业务收入 收入 总收入 综合收入 规模 总规模 产业规模 经济规模 增加值 总量 数量 总数 面积 "
    "总面积 销售额 销售收入 年销售收入 年销售额 产量 总产量 年产量 交易额 成交额 投资 总投资 投资额 "
    "完成投资 年度投资 进度投资 到位资金 资金 占比 比重 比例 覆盖率 普及率 利用率 参保率 合格率 满意率 "
    "满意度 入住率 使用率 开工率 完工率 投产率 达标率 达产率 转化率 办结率 总人数 人数 户数 存栏 出栏 "
    "存栏量 出栏量 吞吐量 里程 总里程 通车里程 价值 效益 税收 利润 增速 增幅 签约额 合同额 落地率 "
    "开业率 竣工率 税收占比 投资额度 种植面积 总额 余额 总值 用户 从业人员 单产 产能 年产能 保有量 "
    "客流量 贡献率 完成率 签约率 开复工率 本地配套率 配套率 复工率 投资规模 建筑面积 服务人次 受益群众 "
    "惠及群众 受益人口 使用量 施用量 排放量 消费量 发电量 用电量 年度计划投资 计划投资 授信额度 贷款余额"
).split()
"""Head nouns that need an owner. It is in the clause, in the sentence or in the heading before."""

GENERIC = frozenset(
    ("项目 工程 行动 任务 面积 总量 数量 企业 能力 活动 工作 计划 事项 平台 基地 中心 体系 机制 载体 示范 农田").split()
)
"""Nouns too general to stand alone as a name."""

FLOWS = re.compile(
    r"(?:额|产值|收入|产量|投资|GDP|生产总值|总值|总产|零售|进出口|外资|吞吐量|游客|人数|人次|就业|销售|用电量|成交|交易|转移转化|税收|授权|授权量|签约|到位资金|资金|增加值|营收|利润|出口|进口|贸易|增量|客流|客流量|发电量|供应量|发送量|货运量|客运量|支出|支出规模|赤字规模|使用量|业务量|出栏|消费|贷款|融资|利用量|取水量|捐赠)$"
)
"""Head nouns of quantities that accumulate during a period."""

LOWER = re.compile(
    r"(?<!研发)(?:失业|能耗|排放|浓度|死亡|事故|时限|时间|债务|负债|投诉|杠杆|贫困|发病|患病|负担|成本|赤字|差距|收入比|污染|跑腿|材料|环节|漏损|不良|能源消耗|水耗|用水量|费用|违法|案件|警情|降幅|缺口|空置|损失|隐患|辍学|火灾|发案|信访量|重污染|劣[Ⅴ五V]|次数(?!.*锻炼)|拥堵|流失|圈$|圈到达|返贫|欠薪|通行时长|化肥|农药|煤炭消费)"
)
"""Names of quantities for which lower is better."""


def alternation(words: "list[str] | tuple[str, ...]") -> str:
    """Build a regular expression for a list of words that prefers the longest match."""
    return "|".join(sorted(set(words), key=lambda word: (-len(word), word)))


ACTION = re.compile(f"(?:再|新)?(?:{alternation([*CREATING, *CHANGING])})")
CHANGING_SET = frozenset(CHANGING)
TAIL_VERB = re.compile(f"(?:{alternation([*REACHING, *GROWING, *FALLING])})$")
TAIL_ACTION = re.compile(f"(?:再|新)?(?:{alternation([*CREATING, *CHANGING])})$")
NOUNS_TOO = frozenset(
    (
        "服务 保障 培训 帮扶 培养 保护 检测 监测 创作 演出 开放 安置 承接 转让 输出 链接 资助 救助 "
        "孵化 转化 治理 发展 提升 销售 投入 处理 更新 消除 支持 储备"
    ).split()
)
"""Verbs that are also nouns. Before a number that is reached, they belong to its name (服务贸易增长6%)."""

TAIL_ADVERB = re.compile(f"(?:{alternation(ADVERBS)})$")
LEAD = re.compile(f"(?:{alternation(LEADING)})")
MANNER = re.compile(f"(?:{alternation(MANNERS)})")
PREDICATE = re.compile(
    f"(?:{alternation(PREDICATES)})|(?:{alternation(NOMINAL)})(?=(?:{alternation([*CREATING, *CHANGING, *NOMINAL])})*$)|(?:{alternation(AMOUNTS)})(?=实现|突破|超|达|增长|翻|过)"
)
BARE_SET = frozenset(BARE)
BARE_TAIL = re.compile(f"(?:播种面积|{alternation(BARE)})$")
ACTED = re.compile(f"(?:{alternation([*CREATING, *CHANGING, *NOMINAL])})+(?:工程|任务|工作|项目)?")
INTRANSITIVE = frozenset(
    ("开工 竣工 投产 达产 签约 落地 复工 开复工 投用 投运 投入使用 复产 新开工 新签约 新投产 入库 获批").split()
)
"""Verbs that stay in the name when the thing is left out: 竣工30个 after 开工产业项目45个 is 竣工产业项目."""

GROWTH = re.compile(r"(?:年均)?(?:增速|降幅|增幅)$")
"""The end of a name that is a growth of something (工业增加值增速)."""
RATE_OF_CHANGE = re.compile(r"(?:增速|增长率|增幅|涨幅|降幅|下降率|降低率|增长)$")
"""The end of a name that tells how much something changes, and is no amount of it."""
