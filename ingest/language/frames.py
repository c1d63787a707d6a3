"""Classify each sentence: is it about the plan, the past, or neither."""

import re
from datetime import date
from typing import NamedTuple

from ingest.language.numerals import DIGITS
from ingest.layout.meta import five_year_plan, year_of

_OWNED = re.compile(
    r"(?:20\d\d|二[〇零][〇零一二三四五六七八九]{2})年(?:底|末)?(?:前|以前|之前)?(?:建成|[^，。；]{0,4})的"
)
"""A year that describes a thing (2000年底前建成的小区) is not the time of the sentence."""

_BRACKETS = re.compile(r"（[^）]*）")
_YEARS = re.compile(r"(?<![比较由从自])(20\d\d|二[〇零][〇零一二三四五六七八九]{2})年")
_NTH = re.compile(r"“?十([一二三四五六七八九])五”?(?:规划|时期|期间|以来|发展|末|，)")

PAST_TITLE = re.compile(
    r"回顾|总结|工作情况|完成情况|执行情况|实施情况|进展情况|过去|[五一三两]年来|成就|主要成绩|取得的|发展基础|现实基础|发展现状|^现状|发展环境|面临的?形势|^形势|发展背景|基本情况|上年|去年|基础条件"
)
CONTEXT_TITLE = re.compile(
    r"名词解释|名词注释|注释$|说明$|核心提示|导语|编者按|存在的?(?:主要)?(?:问题|困难|不足|短板)|(?:问题|困难|机遇|挑战)(?:与|和)(?:困难|挑战|问题|不足|短板)|面临的?(?:机遇|挑战|困难|问题)|致谢|编制依据|^目录$|相关链接|延伸阅读"
)
PLAN_TITLE = re.compile(
    r"目标|任务|安排|部署|打算|计划|重点|举措|措施|思路|总体要求|要求|展望|远景|实事|指标|下一步|今后|未来"
)
"""Patterns in headings that classify the numbers below them."""

_PAST_CUE = re.compile(
    r"^(?:各位代表[！，])?(?:过去的?(?:一|五|三|两|几)?年|(?:[一五三四两二]|几)年来|回顾|回首|去年|上年|上一年|今年以来|近年来|近[三五两]年|截至|一年间|五年间|刚刚过去|在过去|"
    r"经过(?:一年|五年|多年|全|不懈)|这(?:一|五)年|五年(?:耕耘|奋斗|拼搏|奋进)|(?:前|上)[一三四五两]年|本届政府(?:任期|成立))"
)
_PLAN_CUE = re.compile(
    r"(?:预期|主要|奋斗|总体|发展|工作|具体|核心)目标(?:任务|指标)?(?:是|为|：|如下|建议|安排)|(?:20\d\d年|今年|下一步)，?(?:我们|全[省市县区])?，?(?:要|将)(?:重点|突出|着力|全力|抓好|坚持|扎实|做好|围绕|聚焦)|^(?:同志们，|各位代表[！，：])?(?:新的一年|下一步|今后(?:[一五三]年|一个时期|五年)?|未来[五三]年|展望(?:未来|明年|二|20)|明年|下阶段|接下来)|"
    r"(?<!完成)(?:今年|新一年)(?:的)?(?:经济社会发展|政府工作|工作|发展)?(?:的)?(?:主要|预期|总体|重点)?(?:预期)?(?:目标|任务|总体要求|安排|要重点|我们将|将|要|，我们要|，我们将|重点)"
)
_PROBLEM_CUE = re.compile(
    r"(?:清醒|深刻|充分)(?:地)?(?:看到|认识|意识)|(?:还|仍|也|依然|尚)存在(?:着)?(?:一些|不少|诸多|许多)?[^，。]{0,8}(?:问题|不足|短板|差距)|还面临|仍面临"
)
_THANKS = re.compile(r"(?:衷心|诚挚)(?:的|地)?感谢|崇高(?:的)?敬意|提请(?:大会|各位)|请予审议")
_FUTURE = re.compile(
    r"将(?!军|士|来)|力争|争取(?!到|资金|上级)|确保(?!了)|计划(?:于|在|用|到|新|建|实|完|投|引|再|今|安|总)|拟(?=建|新|安|实|投|用|在)|预期目标|目标(?:是|为)|有望|要(?=在|把|实|确|力|抓|坚|加|推|完|新|建|着|突)"
)
_PAST_WORD = re.compile(r"去年|上年|截至|目前|今年(?:以来|上半年|前)|[上前]半年，|累计已|已经?(?:完成|建成|有|达|实现)")
_STRONG_FUTURE = re.compile(r"(?:今年|明年|下一步|新的一年)(?:，)?(?:我们)?(?:将|计划|力争|确保|要)|下一步将|预计今年")
_DONE = re.compile(
    r"已(?!有之|经成为)|[了]|去年|上年|目前|现有|截至|创(?:下)?(?:历史|新高|近年)|历史(?:新高|最)|居全[国省市区]|位居|位列|排名|获评|荣获|获批|获得|入选|圆满|顺利|超额完成|累计(?:完成|实现|建成|新增|投入)|预计(?:全年|实现|完成)|分别为"
)


class Frame(NamedTuple):
    """The class of a range of a paragraph (start, end): `plan`, `past`, `context` or `open`, with the reason.

    A range ends at 。 or ；. `opens` is where the whole sentence, up to 。, starts; the words that decide its class are there.
    """

    start: int
    end: int
    kind: str
    reason: str
    opens: int


def _spans(text: str, period: tuple[date, date]) -> set[str]:
    """Return where the years in a text are: `past` before the period, `plan` in it or after it."""
    sides = set()
    for found in _YEARS.finditer(_OWNED.sub("", _BRACKETS.sub("", text))):
        year = year_of(found[1])
        sides.add("past" if year < period[0].year else "plan")
    for found in _NTH.finditer(text):
        sides.add("past" if five_year_plan(10 + DIGITS[found[1]])[1].year < period[1].year else "plan")
    return sides


def of_title(title: str, period: tuple[date, date]) -> str | None:
    """Return the class that a heading gives to its text; None if it gives none."""
    if CONTEXT_TITLE.search(title):
        return "context"
    past, plan = PAST_TITLE.search(title), PLAN_TITLE.search(title)
    if past and plan:
        return None if plan.start() < past.start() else ("plan" if "plan" in _spans(title, period) else "past")
    if past:
        return "past"
    sides = _spans(title, period)
    if sides == {"past"} and not plan:
        return "past"
    return "plan" if plan or "plan" in sides else None


def of_path(titles: list[str], period: tuple[date, date], styles: list[str]) -> tuple[str, str]:
    """Return the class from the innermost heading that gives one, with its words; `open` and the last heading if none does."""
    for title, style in zip(reversed(titles), reversed(styles), strict=True):
        kind = of_title(title, period)
        # A run-in or inner heading such as 构建发展新环境 is not about the past; only outer headings divide time.
        if kind == "past" and style in {"run_in"}:
            continue
        if (
            kind == "plan"
            and len(titles) > 1
            and style in {"run_in", "figure", "figure_round", "cn_round", "plain"}
            and title != titles[0]
        ):
            outer = of_path(titles[: titles.index(title)], period, styles[: titles.index(title)])
            if outer[0] in {"past", "context"} and not re.search(r"目标|下一步|今后|打算", title):
                return outer
        if kind:
            return kind, title
    return "open", titles[-1] if titles else ""


_SENTENCE = re.compile(r"[^。！？；…|]*(?:[。！？；…|]+[”’）]*|$)")


def read(
    text: str, start: int, zone: tuple[str, str], state: str | None, period: tuple[date, date]
) -> tuple[list[Frame], str | None]:
    """Classify each sentence of a paragraph. `state` is the class carried over from earlier paragraphs; the new one is returned.

    `zone` is the class from the headings (`of_path`). The parts of a sentence between ； are classified separately.
    """
    frames: list[Frame] = []
    fresh, opens = True, start
    for found in filter(re.Match.group, _SENTENCE.finditer(text, start)):
        sentence = found.group()
        sides = _spans(sentence, period)
        if fresh:
            opens = found.start()
            state = _next_state(sentence, zone[0], state, sides)
        fresh = not sentence.rstrip("”’）").endswith("；")
        kind, reason = _kind(sentence, zone, state, sides)
        if kind == "open" and frames and frames[-1].kind == "past" and frames[-1].opens == opens:
            kind, reason = "past", frames[-1].reason
        frames.append(Frame(found.start(), found.end(), kind, reason, opens))
    return frames, (None if state == "context" else state)


def _next_state(sentence: str, zone: str, state: str | None, sides: set[str]) -> str | None:
    if _PLAN_CUE.search(sentence) and not _DONE.search(sentence.split("，", maxsplit=1)[0]) and sides != {"past"}:
        return "plan"
    if zone in {"open", "plan"} or state == "plan":
        if _PAST_CUE.search(sentence) and not _FUTURE.search(sentence):
            return "past"
        if _PROBLEM_CUE.search(sentence):
            return "context"
        if re.match(r"(?:同志们，|各位代表[！，])?(?:20\d\d年|“十[一-九]五”(?:时期|期间|以来))[，是]", sentence):
            return "past" if sides == {"past"} else "plan"
    return state


def _kind(sentence: str, zone: tuple[str, str], state: str | None, sides: set[str]) -> tuple[str, str]:
    base = zone[0]
    if _THANKS.search(sentence):
        return "context", "致谢或提请审议的话"
    if base == "context":
        return "context", f"在“{zone[1]}”之下"
    if base == "past":
        if state == "plan" or _STRONG_FUTURE.search(sentence):
            return "plan", "回顾部分里说今后的话"
        return "past", f"在“{zone[1]}”之下"
    if state in {"past", "context"}:
        if _STRONG_FUTURE.search(sentence) or (state == "past" and _FUTURE.search(sentence) and "plan" in sides):
            return "plan", "句中说的是今后"
        return state, "上文转入回顾" if state == "past" else "上文在说问题"
    if base == "plan":
        return "plan", f"在“{zone[1]}”之下"
    if state == "plan":
        return "plan", "上文转入目标任务"
    if not _FUTURE.search(sentence) and (_PAST_WORD.search(sentence) or sides == {"past"}):
        return "past", "句中说的是往年或已成的事"
    if _FUTURE.search(sentence) or ("plan" in sides and not _DONE.search(sentence)):
        return "plan", "句中说的是今后"
    if zone[1] and not _DONE.search(sentence):
        return "plan", f"在“{zone[1]}”之下，没有回顾的话"
    return "open", "标题没有说明"
