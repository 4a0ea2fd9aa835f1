"""How the small print begins that programs, firms and shops put below a mail: data, no rules."""

from __future__ import annotations

from typing import Final

LEAVE_THE_LIST: Final = (
    "unsubscribe|opt out of|opt-out of|manage your preferences|manage preferences|email preferences"
    "|e-mail preferences|abmelden|abbestellen|austragen|se désabonner|vous désabonner|désinscrire"
    "|désinscription|me désinscrire|uitschrijven|afmelden voor|darse de baja|darte de baja"
    "|cancelar la suscripción|cancelar suscripción|dar de baja|annulla iscrizione|annulla l'iscrizione"
    "|disiscriv|annullare l'iscrizione|cancelar inscrição|cancelar a inscrição|cancelar subscrição"
    "|descadastrar|avregistrera|avprenumerera|avsluta prenumeration|meld deg av|meld dig av|avmelding"
    "|afmeld|frameld|peruuta tilaus|peruuttaa tilauksen|zrezygnuj z subskrypcji|wypisz się|wypisać się"
    "|odhlásit odběr|odhlásit se z|odhlásiť|leiratkoz|dezabon|aboneliğinizi iptal|abonelikten çık"
    "|отписаться|отказаться от рассылки|відписатися|отпишете|απεγγραφή|διαγραφή από"
    "|配信停止|退订|取消订阅|取消訂閱|수신거부|수신 거부|הסרה מרשימת|إلغاء الاشتراك"
    "|hủy đăng ký|berhenti berlangganan|odjava od|odjavite se"
    "|atsisakyti prenumeratos|atrakstīties|loobu uudiskirj"
)
"""Links by which one leaves a list."""

WHY_YOU_GOT_IT: Final = (
    "you are receiving this|you're receiving this|you received this email|you received this e-mail"
    "|you received this message|this email was sent to|this e-mail was sent to|this message was sent to"
    "|this email was intended for|sie erhalten diese e-mail|sie erhalten diese mail|du erhältst diese"
    "|diese e-mail wurde an|diese nachricht wurde an|vous recevez cet e-mail|vous recevez cet email"
    "|vous recevez ce message|vous recevez ce mail|cet e-mail a été envoyé à|cet email a été envoyé à"
    "|je ontvangt deze|u ontvangt deze|deze e-mail is verstuurd|deze e-mail is verzonden|recibes este"
    "|recibe este correo|has recibido este|ha recibido este|este correo electrónico se ha enviado"
    "|este correo se envió|este mensaje fue enviado|este mensaje se ha enviado|hai ricevuto questa"
    "|ricevi questa|ha ricevuto questa|questa email è stata inviata|questa e-mail è stata inviata"
    "|você recebeu este|você está recebendo|recebeu este e-mail|este e-mail foi enviado|du får detta"
    "|du får det här|du får denne|du mottar denne|du har mottatt denne|du modtager denne"
    "|du har modtaget denne|olet saanut tämän|saat tämän viestin|otrzymujesz tę|otrzymałeś tę"
    "|ta wiadomość została wysłana|tento e-mail byl odeslán|tento e-mail jste|ezt az e-mailt azért"
    "|ați primit acest|bu e-posta|вы получили это|это письмо отправлено|ви отримали цей|λάβατε αυτό"
    "|このメールは|本邮件由|此邮件由"
)
"""Sentences that explain why a mail came."""

NO_ANSWER: Final = (
    "do not reply to this|don't reply to this|please do not reply|please don't reply"
    "|do not respond to this|this is an automated|this is an automatic"
    "|this email was generated automatically|automatically generated email|bitte antworten sie nicht"
    "|bitte antworte nicht|bitte nicht antworten|diese e-mail wurde automatisch"
    "|automatisch generierte e-mail|automatisch erstellte e-mail|merci de ne pas répondre"
    "|ne pas répondre à|ne répondez pas|e-mail automatique|message automatique|niet beantwoorden"
    "|niet te beantwoorden|niet op deze e-mail|no responda a este|no respondas a este"
    "|non rispondere a questa|si prega di non rispondere|não responda a est|favor não responder"
    "|svara inte på|går inte att svara på|ikke svar på|ikke svare på|kan ikke besvares|svar ikke på"
    "|älä vastaa|nie odpowiadaj na|prosimy nie odpowiadać|neodpovídejte na|neodpovedajte|ne válaszoljon"
    "|nu răspundeți|lütfen bu e-postayı yanıtlamayın|не отвечайте на это|не відповідайте на"
    "|返信しないで|请勿回复|請勿回覆|회신하지 마"
)
"""Sentences that ask not to answer."""

CONFIDENTIAL: Final = (
    "this e-mail and any|this email and any|this message and any|this communication and any"
    "|the information in this e-mail|the information in this email|the information contained in this"
    "|confidentiality notice|confidential and intended|intended solely for|if you are not the intended"
    "|diese e-mail enthält vertraul|diese e-mail kann vertraul|diese nachricht enthält vertraul"
    "|der inhalt dieser e-mail|nicht der richtige adressat|nicht der beabsichtigte empfänger"
    "|dieses dokument ist vertraulich|ce message et ses pièces|ce message et toutes|ce courriel et"
    "|cet e-mail et|si vous n'êtes pas le destinataire|strictement confidentiel|dit bericht en"
    "|dit e-mailbericht is|deze e-mail en eventuele|is uitsluitend bestemd|deze e-mail is vertrouwelijk"
    "|este mensaje y sus|este correo y sus|aviso de confidencialidad|aviso legal"
    "|este mensaje es confidencial|le informazioni contenute|questo messaggio e|avviso di riservatezza"
    "|esta mensagem e|esta mensagem pode|aviso de confidencialidade|detta meddelande och"
    "|detta e-postmeddelande|denne e-post|denne e-mail|denne meddelelse|tämä viesti on luottamuk"
    "|ta wiadomość oraz|niniejsza wiadomość|wiadomość ta jest poufna|tato zpráva je důvěrn"
    "|tento e-mail a|ez az e-mail|acest mesaj este confid|bu mesaj ve|это сообщение конфид"
    "|настоящее сообщение|информация, содержащаяся в|please consider the environment"
    "|consider the environment before|think before you print|bitte denken sie an die umwelt"
    "|denken sie an die umwelt|bevor sie diese e-mail ausdrucken|pensez à l'environnement"
    "|pensez à la planète|denk aan het milieu|piensa en el medio ambiente|pensa all'ambiente"
    "|tänk på miljön"
)
"""How firms begin what their mail system adds below every mail."""

CAPITAL: Final = (
    "stammkapital|grundkapital|share capital|capital social|au capital de|capitale sociale"
    "|kapitał zakładowy|maatschappelijk kapitaal|aktiekapital|aksjekapital|osakepääoma|základní kapitál"
    "|jegyzett tőke"
)
"""What a firm's register line calls its capital: an amount that nobody paid."""
