"""What an answer, an acknowledgement or a returned mail says of the words that it repeats: data, no rules."""

from __future__ import annotations

from typing import Final

YOUR_WORDS: Final = (
    "your message|your e-mail of|your email of|your original|your request:|your question|your inquiry"
    "|your enquiry|your comment|your feedback:|your note:|you wrote|you said:|you asked|message details"
    "|copy of the message|copy of your|copy of this message|we received your request|previous message"
    "|previous conversation|quoted text|message text:|customer message|customer wrote|comments:|message:"
    "|above this line|above the line|below this line is|ihre nachricht|deine nachricht|ihre anfrage"
    "|deine anfrage|ihre frage|ihre mitteilung|sie schrieben|du schriebst"
    "|sie haben geschrieben|du hast geschrieben"
    "|kopie ihrer|kopie deiner|nachricht:|votre message|ton message|votre demande|votre question"
    "|vous avez écrit|vous avez demandé|tu as écrit|copie de votre|uw bericht|je bericht|jouw bericht"
    "|uw vraag|je vraag|jouw vraag|u schreef|je schreef|kopie van uw|kopie van je|bericht:|su mensaje"
    "|tu mensaje|su consulta|tu consulta|su pregunta|tu pregunta|usted escribió|escribiste|copia de su"
    "|copia de tu|mensaje:|il suo messaggio|il tuo messaggio|vostro messaggio|la sua richiesta"
    "|la tua richiesta|ha scritto|hai scritto|copia del tuo|copia del suo|messaggio:|sua mensagem"
    "|tua mensagem|sua pergunta|seu pedido de informação|você escreveu|escreveu:|mensagem:"
    "|ditt meddelande|din fråga|du skrev|meddelande:|din besked|din meddelelse|dit spørgsmål|din melding"
    "|ditt spørsmål|din henvendelse|besked:|melding:|viestisi|kysymyksesi|kirjoitit|viesti:"
    "|twoja wiadomość|twoją wiadomość|twojej wiadomości|państwa wiadomość|twoje pytanie|twoje zapytanie"
    "|napisałeś|napisałaś|wiadomość:|vaše zpráva|vaši zprávu|váš dotaz|napsal jste|napsali jste|zpráva:"
    "|vaša správa|vašu správu|napísali ste|správa:|az ön üzenete|üzenete:|ön írta|üzenet:"
    "|mesajul dvs|mesajul dumneavoastră|mesajul tău|ați scris|ai scris|mesaj:|mesajınız|sorunuz"
    "|yazdınız|ваше сообщение|ваш вопрос|ваш запрос|вы писали|вы написали|сообщение:"
    "|ваше повідомлення|ваше запитання|ви писали|ви написали|повідомлення:|вашето съобщение"
    "|вие написахте|το μήνυμά σας|το μήνυμα σας|γράψατε|vaša poruka|vašu poruku|napisali ste"
    "|vaše sporočilo|vaše vprašanje|jūsų žinutė|jūsų laiškas|jūs rašėte|jūsu ziņa|jūs rakstījāt"
    "|teie kiri|teie sõnum|teie kirjutasite|skilaboð þín|þú skrifaðir|el vostre missatge|el teu missatge"
    "|zure mezua|a túa mensaxe|tin nhắn của bạn|bạn đã viết|pesan anda|anda menulis|mesej anda"
    "|ข้อความของคุณ|คุณเขียน|ההודעה שלך|הודעתך|פנייתך|כתבת|رسالتك|رسالتكم|كتبت|پیام شما|نوشتید"
    "|お問い合わせ内容|お客様のメッセージ|ご質問内容|您的留言|您的消息|您的邮件|您写道|你写道"
    "|您的訊息|您的郵件|您寫道|你寫道|고객님의 메시지|문의 내용|문의하신 내용|귀하의 메시지"
)
"""In lower case. What ends in a colon counts at a line's end or before the words themselves."""

RETURNED: Final = (
    "undeliverable|undelivered mail|delivery status notification|failure notice|mail delivery"
    "|returned mail|could not be delivered to|wasn't able to deliver|automatic reply|auto-reply"
    "|autoreply|automatische antwort|réponse automatique|automatisch antwoord|respuesta automática"
    "|risposta automatica|resposta automática|automatiskt svar|automatisk svar|automatyczna odpowiedź"
    "|automatická odpověď|автоматический ответ|自動返信|自动回复|자동 회신"
)
"""How subjects begin of what servers send back, and of answers that no person writes."""
