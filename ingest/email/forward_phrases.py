"""What mail programs write before a subject and around a quoted mail: data, no rules."""

from __future__ import annotations

from typing import Final

FORWARD_PREFIXES: Final = (
    "FW|FWD|Fw|Fwd|WG|WTR|WtG|TR|TRS|RV|RE-ENV|REENV|ENC|I|INOLTRA|INOLTRATO|VB|VL|VLT|VÄ|PD|PŘE|PŘEP"
    "|FS|HA|FD|DOORST|DOORGEST|TRSF|TRF|REDIR|REDIRECȚIONAT|İLT|ILT|İLETİ|TOVÁBBÍTÁS|TOVÁBBÍTVA"
    "|TOVABBITAS|TOV|ПЕР|ПЕРЕС|ПЕРЕСЛ|ПЕРЕСЫЛКА|ПЕРЕСЛАНО|ПЕРЕАДР|НА|ПРЕП|ПРОСЛ|ПРОСЛЕДЕНО|FWD.|ΠΡΘ|ΠΡ"
    "|ΠΡΟΩΘ|הועבר|תמסורת|إعادة توجيه|إعادة التوجيه|محولة|转发|轉寄|轉發|转寄|転送|転"
    "|전달|FWD-MSG|YML|Chuyển tiếp|CT"
    "|TERUSAN|Teruskan|ส่งต่อ|PERS|PERSIŲSTI|EDASI|EDS|PRSL|PROSLJ|PROSLIJEĐENO|POSR|BIDALITA|RENV"
    "|RENVIAT|REENVIADO|REENVÍO|REENCAMINHADO|ENCAMINHADO|ENCAMINHADA|RES-ENC|VIDARE|VIDERESENDT"
    "|VEDERLAGT|VÄLITETTY|VALITETTY|WEITERGELEITET|FRAMSENT|ÁFRAMSENT|PRZEKAZ|PODAJ DALEJ|PREPOSLANÉ"
)
"""Before the subject of a forwarded mail; in any case of letters."""

AMBIGUOUS_PREFIXES: Final = "VS|R|TR RE"
"""``VS`` forwards in Norwegian and Danish and answers in Finnish; ``R`` answers in Italian."""

REPLY_PREFIXES: Final = (
    "RE|AW|ANTW|ANT|SV|RIF|RES|RESP|RÉP|REP|RÉF|REF|ODP|ODPOWIEDŹ|YNT|YANIT|VÁ|VA|VÁL|ΑΠ|ΣΧΕΤ|ATB|BLS"
    "|ОТВ|ОТВЕТ|НА ОТВ|ВІД|ВІДП|ODG|ODGOVOR|ODPOVĚĎ|ODP.|回复|答复|回覆|返信|答|답장"
    "|회신|RE-|رد|השב|תגובה|TL"
    "|TRẢ LỜI|BALAS|ตอบ|ATS|VASTUS|RÆ"
)

FORWARD_PHRASES: Final = (
    "forwarded message|begin forwarded message|forwarded mail|forwarded by|forwarded email|fwd.msg"
    "|forward message|start of forwarded message|begin forward message|message forwarded"
    "|weitergeleitete nachricht|anfang der weitergeleiteten|weitergeleitete e-mail|weitergeleitet von"
    "|message transféré|message transmis|début du message réexpédié|début du message transféré"
    "|message réexpédié|mail transféré|courriel transféré|message d'origine transféré"
    "|message réacheminé|mensaje reenviado|inicio del mensaje reenviado|mensaje remitido"
    "|correo reenviado|messaggio inoltrato|inizio messaggio inoltrato|inizio del messaggio inoltrato"
    "|mail inoltrata|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada"
    "|início da mensagem reencaminhada|início de mensagem reencaminhada|e-mail encaminhado"
    "|doorgestuurd bericht|begin doorgestuurd bericht|doorgezonden bericht|doorgestuurde e-mail"
    "|videresendt meddelelse|begyndelse på videresendt besked|start på videresendt besked"
    "|videresendt besked|videresendt melding|videresendt e-post|start på videresendt melding"
    "|videresendt|vidarebefordrat meddelande|vidarebefordrat mejl|vidarebefordrat mail"
    "|vidarebefordrat brev|vidarebefordrat|välitetty viesti|välitetty sähköposti|välitetyn viestin alku"
    "|edelleenlähetetty viesti|alkaa välitetty viesti|framsent bréf|áframsent|framsend skilaboð"
    "|edastatud kiri|edastatud sõnum|edasi saadetud|pārsūtīts ziņojums|pārsūtītā ziņa|pārsūtīta"
    "|persiųstas laiškas|persiunčiamas laiškas|persiųsta žinutė|persiųsta|wiadomość przekazana"
    "|przekazana wiadomość|przekazywana wiadomość|początek przekazywanej|przesłana dalej"
    "|treść przekazanej wiadomości|wiadomość przesłana|přeposlaná zpráva|začátek přeposílané zprávy"
    "|přeposílaná zpráva|přeposlaný e-mail|předaná zpráva|preposlaná správa|začiatok preposlanej správy"
    "|preposlaný e-mail|preposielaná správa|posredovano sporočilo|začetek posredovanega sporočila"
    "|posredovano|proslijeđena poruka|započni proslijeđenu poruku|početak proslijeđene poruke"
    "|proslijeđeno|prosljeđena poruka|prosleđena poruka|прослеђена порука|проследено съобщение"
    "|препратено съобщение|препратена порака|препратено писмо|továbbított levél|továbbított üzenet"
    "|továbbított e-mail|továbbítva|mesaj redirecționat|mesaj redirectionat|mesaj transmis"
    "|mesaj înaintat|începe mesajul redirecționat|începutul mesajului redirecționat"
    "|început mesaj redirecționat|iletilen ileti|iletilmiş mesaj|iletilmiş ileti|iletilen mesaj"
    "|iletilmiş e-posta|yönlendirilen mesaj|yönlendirilmiş|пересылаемое сообщение"
    "|начало переадресованного сообщения|пересланное сообщение|переадресованное сообщение"
    "|пересылаемое письмо|пересланное письмо|перенаправленное сообщение|переслане повідомлення"
    "|початок листа, що пересилається|пересланий лист|перенаправлене повідомлення|пераслан"
    "|προωθημένο μήνυμα|έναρξη προωθημένου|προώθηση μηνύματος|μήνυμα που προωθήθηκε|προωθούμενο μήνυμα"
    "|הודעה שהועברה|תחילת ההודעה שהועברה|הודעה מועברת|רשומה מועברת|رسالة معاد توجيهها"
    "|رسالة مُعاد توجيهها|الرسالة المحولة|رسالة محولة|بداية الرسالة المعاد|رسالة تم إعادة توجيهها"
    "|پیام هدایت شده|پیام فورواردشده|ایمیل بازارسال|転送されたメッセージ"
    "|メッセージを転送|転送メッセージ|転送された|転送メール|转发的邮件|转发邮件"
    "|转发信息|转发的消息|下面是转发的邮件|被转发的消息|轉寄郵件|轉寄的郵件"
    "|轉寄的信件|轉寄訊息|轉發的郵件|開始轉寄郵件|已轉寄的郵件|전달된 메시지"
    "|전달된 메일|전달된 편지|메시지 전달"
    "|전달한 메시지|원본 전달|thư được chuyển tiếp|tin nhắn được chuyển tiếp|thư đã chuyển tiếp"
    "|tin nhắn chuyển tiếp|bắt đầu thư được chuyển tiếp|pesan terusan|pesan diteruskan"
    "|pesan yang diteruskan|email yang diteruskan|mesej dimajukan|mesej diteruskan|ข้อความที่ส่งต่อ"
    "|ข้อความที่ถูกส่งต่อ|จดหมายที่ส่งต่อ|missatge reenviat|inici del missatge reenviat|mezu birbidalia"
    "|birbidalitako mezua|mensaxe reenviada|अग्रेषित संदेश|ফরওয়ার্ড|ipinasang mensahe|yönləndirilmiş"
    "|переслана|аударылған"
)
"""Phrases of a line above a forwarded mail, in lower case; the line may hold more."""

ORIGINAL_PHRASES: Final = (
    "original message|original mail|original email|original appointment|ursprüngliche nachricht"
    "|ursprüngliche e-mail|originalnachricht|message d'origine|message original|message initial"
    "|courriel original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht"
    "|origineel bericht|oprindelig meddelelse|original meddelelse|oprindelig besked|opprinnelig melding"
    "|original melding|originalmeddelande|ursprungligt meddelande|ursprungsmeddelande"
    "|alkuperäinen viesti|upphafleg skilaboð|wiadomość oryginalna|oryginalna wiadomość|původní zpráva"
    "|pôvodná správa|izvirno sporočilo|izvorna poruka|originalna poruka|изворна порука|eredeti üzenet"
    "|mesaj original|mesajul original|özgün ileti|orijinal mesaj|orijinal ileti|исходное сообщение"
    "|исходное письмо|оригинальное сообщение|оригінальне повідомлення|вихідне повідомлення"
    "|оригинално съобщение|αρχικό μήνυμα|הודעה מקורית|ההודעה המקורית|الرسالة الأصلية"
    "|پیام اصلی|元のメッセージ"
    "|オリジナルメッセージ|原始邮件|原邮件|原始郵件|原始訊息|邮件原件|원본 메시지"
    "|원본 메일|thư gốc|tin nhắn gốc|pesan asli|mesej asal"
    "|ข้อความต้นฉบับ|missatge original|algne sõnum|algupärane kiri|originalus laiškas|sākotnējais"
)
"""The same, above a mail that may have been forwarded or answered."""

WROTE: Final = (
    "wrote|writes|schrieb|a écrit|écrivit|escribió|ha scritto|escreveu|schreef|geschreven|skrev"
    "|skrifaði|kirjoitti|kirjutas|rakstīja|rašė|napisał|napisała|napisał(a)|napsal|napsal(a)|napsala"
    "|napísal|napísala|napísal(a)|napisao|napisala|napisao/la|je napisal|je napisao|piše|написао"
    "|написал|написала|написав|пише|пишет|напісаў|ezt írta|írta|a scris|scrie|yazdı|şunu yazdı|έγραψε"
    "|כתב|כתבה|كتب|نوشت|のメール|書きました|さんが書きました|写道|寫道|撰寫|님이 작성"
    "|작성|đã viết|menulis|เขียน|va escriure"
    "|escribiu|idatzi du|yazıb"
)
"""The verb of a line such as ``On ... X wrote:``."""

BEFORE_NAME: Final = (
    "user|benutzer|utilisateur|użytkownik|пользователь|користувач|používateľ|uživatel|usuário"
    "|o utilizador|usuario|gebruiker|användaren|bruger|bruker|korisnik|utente|käyttäjä|heeft|schrieb"
    "|schreef|skrev|wrote|ha scritto|escribió|escreveu|a écrit|napsal|napsal(a)|napísal|napisał"
    "|napisał(a)|időpontban|tarihinde|je|de|od|från|fra|von|from"
)
"""Words that stand between a date and a name in such a line."""

BEFORE_DATE: Final = (
    "on|am|le|el|il|il giorno|em|a|op|den|på|dne|dnia|w dniu|dňa|dana|u|в|у|la|în|pe data de|στις"
    "|em data de|date|vào|pada|เมื่อ|بتاريخ|في|ב|בתאריך|klo|a data de|dia|no dia|kl"
)
"""Words that open such a line, before the date."""

SMALL_TALK: Final = (
    "sent from my|get outlook for|sent from outlook|sent from yahoo|sent from mail for|sent with"
    "|von meinem|gesendet mit|envoyé de mon|envoyé depuis|enviado desde|enviado do meu|inviato da"
    "|verstuurd vanaf|sendt fra min|skickat från|lähetetty|wysłano z|wysłane z|odesláno z|odoslané z"
    "|отправлено с|отправлено из|надіслано з|kimden gönderildi|elküldve|iphone'umdan|trimis de pe"
    "|iphoneから送信|发自我的|從我的|나의 iphone에서"
)
"""How lines begin that a program adds below what a person writes; they say nothing."""
