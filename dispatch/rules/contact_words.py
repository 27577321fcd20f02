"""What customers write, in the words that they use: tables for reading an SMS (R32, R47).

Chinese words are in simplified characters; `SIMPLER` turns the traditional ones that
occur in them. Everything is in lower case. Patterns are regular expressions.
"""

from __future__ import annotations

from collections.abc import Mapping

#: traditional characters of these tables, and their simplified ones
SIMPLER = str.maketrans(
    "沒壞換時間進詢訂單裝復覆選謝請貳參陸兩個號師處爛騙訴賠償誤遲態氣煩聯繫還來點嗎麼麽動網線斷幫轉電話員說講約變"
    "務費錢無語應這幾鐘過後問題終於寬頻給對評價滿極離譜誰訊號達銷辦給該關總讓會現實塊費責舉報罵簡質職級優間邊閱們鴿惡專調協頭樓門",
    "没坏换时间进询订单装复复选谢请贰叁陆两个号师处烂骗诉赔偿误迟态气烦联系还来点吗么么动网线断帮转电话员说讲约变"
    "务费钱无语应这几钟过后问题终于宽频给对评价满极离谱谁讯号达销办给该关总让会现实块费责举报骂简质职级优间边阅们鸽恶专调协头楼门",
)

#: words that stop all messages (carriers and Twilio), as the whole message only
OPT_OUT = frozenset(
    {"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt-out"}
    | {"td", "t", "n", "r", "退订", "退订短信", "取消订阅", "拒收", "回t退订", "回td退订"}
)
#: words that allow them again
OPT_IN = frozenset({"start", "unstop", "optin", "opt in", "opt-in", "恢复", "恢复短信", "重新订阅", "订阅", "取消退订"})
#: words that do so only from a handset that has opted out
OPT_IN_AFTER_OUT = frozenset({"yes", "y", "是", "同意"})

#: signs of a machine that answers by itself
AUTOMATIC = (
    r"自动回复",
    r"\bauto(?:matic)?[- ]?(?:reply|response|responder)\b",
    r"\bout of (?:the )?office\b",
    r"\b(?:i'?m|i am) driving\b",
    r"正在(?:开车|驾驶)",
    r"开会中.{0,6}稍后",
    r"\bdo not disturb\b.*\bon\b",
)

#: what stands around a digit and changes nothing
AROUND_A_DIGIT = (
    r"我?(?:要|想)?选择?项?",
    r"我要",
    r"我",
    r"回复?",
    r"答复?",
    r"第",
    r"个",
    r"吧",
    r"请",
    r"好的?",
    r"谢谢",
    r"多谢",
    r"颗?星",
    r"分(?!钟)",
    r"\b(?:i )?(?:choose|chose|want|pick|take|select)\b",
    r"\b(?:option|choice|number|no|nr|reply|answer|press|please|pls|thanks|thank you|thx|ok|okay|the|stars?|points?)\b",
)
#: single digits in words, as the whole answer only
_WRITTEN = ("一壹one", "二贰two", "三叁three", "四肆four", "五伍five", "六陆six", "七柒seven", "八捌eight", "九玖nine")
NUMERALS: Mapping[str, int] = {
    numeral: value for value, ways in enumerate(_WRITTEN, start=1) for numeral in (ways[0], ways[1], ways[2:])
}

#: nothing needs to be answered to a message of these words alone
THANKS = (
    r"谢谢(?:你们?|您|师傅|了|啦|哈)?",
    r"多谢|感谢|非常感谢|谢了|辛苦了?|麻烦了?",
    r"(?:师傅|你们|您)",
    r"好的?|好滴|行|嗯+|哦+|收到|已收到|知道了?|明白了?|了解|没问题|可以",
    r"(?:啦|了|哈|呀|啊|哦|呢|的|非常|太|很)",
    r"\b(?:thank you|thanks?|thx|ty|cheers|many|much|very|so|a lot)\b",
    r"\b(?:ok|okay|k|great|good|perfect|fine|noted|got it|sure)\b",
)

#: a grumble is a complaint (R47)
GRUMBLES = (
    r"(?<![不没别无])(?<!没有)(?:投诉|举报|曝光)",
    r"(?<!不)(?:太|很|真|非常|这么|那么|特别|实在)(?:慢|差|烂|糟|坑|失望|离谱|气人|恶劣|不负责|不靠谱|拖)",
    r"差劲|垃圾|骗子|骗人|忽悠|坑人|恶心|无语|离谱|敷衍|推诿|推卸|爽约|放.{0,2}鸽子|混蛋|气死",
    r"态度(?:.{0,2}差|不好|恶劣|不行)|不负责任|不靠谱|不讲信用|言而无信|说话不算|(?<!没)(?<!没有)(?<!什么)不满(?!足)|失望",
    r"白(?:请|等|跑)|浪费.{0,4}时间|受不了|忍无可忍|搞什么|什么破|凭什么",
    r"又(?:变|改|换人|拖|推|延|晚|迟|没来|不来)",
    r"等了.{0,4}(?:天|小时|周|星期|钟头|久|月)|等.{0,2}(?:半天|一天|好久)",
    r"(?:没人|没有人|无人|没谁)(?:来|管|理|接|联系|处理|修|打|回)|一直没(?:人|来|有|接)|(?<!我)还没(?:来|到(?!家)|人|有人|装|解决)|迟迟",
    r"到现在.{0,3}没|第[三四五六]次|(?:要求|给我|应该|怎么)赔偿?|赔钱|12315|工信部|消协|消费者协会|律师",
    r"\b(?<!no )(?<!not )(?<!can't )complain\w*\b",
    r"\b(?:terrible|awful|appalling|horrible|unacceptable|ridiculous|useless|rubbish|pathetic|disgrace\w*|shame\w*)\b",
    r"\b(?:disappoint\w+|incompetent|liars?|lied|scam|joke of|worst|fed up|furious|angry|rude|unprofessional)\b",
    r"\b(?:so|too|very|really|always) (?:slow|late|bad|poor|rude)\b|\b(?:late|changed|moved|cancelled|delayed) again\b",
    r"\bwast(?:e|ed|ing)\b.{0,12}\b(?:time|day|morning|afternoon|leave)\b|\bday off\b.{0,12}\b(?:wasted|for nothing)\b",
    r"\b(?:nobody|no one|no-one|noone)\b.{0,8}\b(?:came|comes|called|calls|showed|turned|answers?|cares|here)\b",
    r"\bno[- ]show\b",
    r"\bnever (?:came|called|showed|turned|arrived)\b|\bstill (?:waiting|nobody|no one|not here|no sign)\b",
    r"\b(?:waited|waiting|been waiting)\b.{0,12}\b(?:hours?|days?|weeks?|all|ages|long)\b",
    r"\b(?:refund|compensat\w+|ombudsman|ofcom|lawyer|solicitor)\b|\bthird time\b",
    r"[\U0001f620\U0001f621\U0001f624\U0001f92c\U0001f44e]",
)

#: what a message is about, if it is short and says one of these and nothing of another
STATUS = (
    r"进度|查询|查一?下|查单|状态|到哪|几点.{0,2}(?:来|到|上门)|什么时候.{0,2}(?:来|到|上门|修|装|好|能|有人)",
    r"多久.{0,2}(?:来|到|能)|何时|有消息|师傅(?:在哪|到了吗|来了吗)|今天(?:来|会来)吗",
    r"\b(?:status|progress|eta|track)\b|\bany (?:update|news)\b",
    r"\bwhere(?:'s| is)\b|\bwhen (?:will|is|are|does)\b|\bwhat time\b",
)
CHANGE = (
    r"(?:改|换|变更|调整)(?:一?下|一?个)?(?:时间|时段|日期|日子|天|期|约)|另约|重新(?:约|预约)|推迟|延后|(?:改|换)(?:到|成)",
    r"\breschedul\w*|\bpostpone\b|\b(?:another|different|new) (?:time|day|date|slot)\b",
    r"^change$|\bchange (?:the |my |it|to |of )?(?:time|day|date|slot|appointment|visit|window)?\b",
)
PERSON = (
    r"人工|客服|真人|接线员|找人|回电|(?:打|回)(?:一?个)?电话",
    r"\b(?:call me|call back|human|agent|representative|real person|a person|speak (?:to|with)|talk to)\b",
)
FAULT = (
    r"又坏|又断|又不行|(?:没有?|未)修好|还是(?:不行|不能|没网|上不了|坏|断|不通)|没有?网|没信号|没有信号",
    r"(?:上不了|不能上|无法上|连不上|连不了)网|断网|掉线|坏了|故障|报修|网络?(?:不通|断了|坏了)",
    r"\b(?:not|n't|isn't|wasn't|never) (?:been )?(?:fixed|repaired|working)\b|\bbroken\b",
    r"\b(?:doesn't|does not|stopped) work\w*\b|\bdown again\b|\bkeeps dropping\b",
    r"\bno (?:internet|signal|connection|wifi|broadband)\b|\bfault\b|\bsame (?:problem|fault)\b",
)
WITHDRAW = (
    r"不(?:装|办|要|修|移|搬|需要|想装|想办)了|退单|撤单|撤销|取消|退掉",
    r"\bwithdraw\w*\b|\bcancel (?:my|the|this|our|it|order|install\w*|repair)\b",
    r"\b(?:don't|do not|no longer) (?:want|need) (?:it|the|this|a|an|any)\b",
)
#: what turns a word into its opposite when it stands right before it
NOT = (
    r"(?:不要|不用|别|不想|无需|不必|没有?|不|\bdon'?t|\bdo not|\bnot|\bno need to|\bdidn'?t)"
    r"\s*(?:to |want to |need to )?$"
)
