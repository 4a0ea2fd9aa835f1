"""Forwards of one message of ours, in the layout of each mail program and in many languages.

The words were looked up by language once more, apart from the product's tables, and the dates are written by
Babel: a language passes because the product reads it, not because both sides share a table.

Over 400 lines because most of them are that table of words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from babel.dates import format_datetime

NAME = "Harbour Books"
ADDRESS = "orders@harbour-books.example"
MEMBER = "Ida Sørensen"
MEMBER_ADDRESS = "ida@post.example"
SUBJECT = "Your order HB-20231 is on its way"
WHEN = datetime(2023, 11, 14, 18, 5, 42, tzinfo=timezone(timedelta(hours=1)))
BODY = """Dear Ida,

thank you for your order HB-20231.
The Sea Around Us: 14.90
Total: 14.90

Harbour Books"""


@dataclass(frozen=True)
class Words:
    """One language's words: marker phrase, labels, the prefix of a subject, and how a quote is introduced."""

    locale: str
    phrase: str
    sender: str
    date: str
    sent: str
    to: str
    copy: str
    subject: str
    prefix: str
    quote: str


WORDS = {
    word.locale: word
    for word in (
        Words(
            "en",
            "Forwarded message",
            "From",
            "Date",
            "Sent",
            "To",
            "Cc",
            "Subject",
            "Fwd",
            "On {d}, {n} wrote:",
        ),
        Words(
            "de",
            "Weitergeleitete Nachricht",
            "Von",
            "Datum",
            "Gesendet",
            "An",
            "Kopie",
            "Betreff",
            "WG",
            "Am {d} schrieb {n}:",
        ),
        Words(
            "es",
            "Mensaje reenviado",
            "De",
            "Fecha",
            "Enviado",
            "Para",
            "CC",
            "Asunto",
            "RV",
            "El {d}, {n} escribió:",
        ),
        Words(
            "fr",
            "Message transféré",
            "De",
            "Date",
            "Envoyé",
            "À",
            "Cc",
            "Objet",
            "TR",
            "Le {d}, {n} a écrit :",
        ),
        Words(
            "it",
            "Messaggio inoltrato",
            "Da",
            "Data",
            "Inviato",
            "A",
            "Cc",
            "Oggetto",
            "I",
            "Il giorno {d} {n} ha scritto:",
        ),
        Words(
            "nl",
            "Doorgestuurd bericht",
            "Van",
            "Datum",
            "Verzonden",
            "Aan",
            "CC",
            "Onderwerp",
            "FW",
            "Op {d} heeft {n} geschreven:",
        ),
        Words(
            "pt_PT",
            "Mensagem encaminhada",
            "De",
            "Data",
            "Enviada",
            "Para",
            "Cc",
            "Assunto",
            "FW",
            "{n} escreveu no dia {d}:",
        ),
        Words(
            "pt_BR",
            "Mensagem encaminhada",
            "De",
            "Data",
            "Enviado",
            "Para",
            "Cc",
            "Assunto",
            "ENC",
            "Em {d}, {n} escreveu:",
        ),
        Words(
            "da",
            "Videresendt besked",
            "Fra",
            "Dato",
            "Sendt",
            "Til",
            "Cc",
            "Emne",
            "VS",
            "Den {d} skrev {n}:",
        ),
        Words(
            "nb", "Videresendt melding", "Fra", "Dato", "Sendt", "Til", "Kopi", "Emne", "VS", "{d} skrev {n}:"
        ),
        Words(
            "sv",
            "Vidarebefordrat meddelande",
            "Från",
            "Datum",
            "Skickat",
            "Till",
            "Kopia",
            "Ämne",
            "VB",
            "Den {d} skrev {n}:",
        ),
        Words(
            "fi",
            "Välitetty viesti",
            "Lähettäjä",
            "Päivämäärä",
            "Lähetetty",
            "Vastaanottaja",
            "Kopio",
            "Aihe",
            "VL",
            "{n} kirjoitti {d}:",
        ),
        Words(
            "is",
            "Framsent bréf",
            "Frá",
            "Dagsetning",
            "Sent",
            "Til",
            "Afrit",
            "Efni",
            "FS",
            "Þann {d} skrifaði {n}:",
        ),
        Words(
            "pl",
            "Treść przekazanej wiadomości",
            "Od",
            "Data",
            "Wysłano",
            "Do",
            "DW",
            "Temat",
            "PD",
            "W dniu {d} użytkownik {n} napisał:",
        ),
        Words(
            "cs",
            "Přeposlaná zpráva",
            "Od",
            "Datum",
            "Odesláno",
            "Komu",
            "Kopie",
            "Předmět",
            "FW",
            "Dne {d} {n} napsal(a):",
        ),
        Words(
            "sk",
            "Preposlaná správa",
            "Od",
            "Dátum",
            "Odoslané",
            "Komu",
            "Kópia",
            "Predmet",
            "FW",
            "Dňa {d} používateľ {n} napísal:",
        ),
        Words(
            "sl",
            "Posredovano sporočilo",
            "Od",
            "Datum",
            "Poslano",
            "Za",
            "Kp",
            "Zadeva",
            "FW",
            "Dne {d} je {n} napisal:",
        ),
        Words(
            "hr",
            "Proslijeđena poruka",
            "Od",
            "Datum",
            "Poslano",
            "Za",
            "Kopija",
            "Predmet",
            "Fw",
            "Dana {d} {n} napisao je:",
        ),
        Words(
            "sr",
            "Прослеђена порука",
            "Од",
            "Датум",
            "Послато",
            "За",
            "Копија",
            "Тема",
            "FW",
            "{d}, {n} је написао:",
        ),
        Words(
            "hu",
            "Továbbított üzenet",
            "Feladó",
            "Dátum",
            "Elküldve",
            "Címzett",
            "Másolatot kap",
            "Tárgy",
            "Továbbítás",
            "{d} időpontban {n} ezt írta:",
        ),
        Words(
            "ro",
            "Mesaj redirecționat",
            "De la",
            "Dată",
            "Trimis",
            "Către",
            "Cc",
            "Subiect",
            "Redir.",
            "Pe data de {d}, {n} a scris:",
        ),
        Words(
            "tr",
            "İletilen ileti",
            "Kimden",
            "Tarih",
            "Gönderildi",
            "Kime",
            "Bilgi",
            "Konu",
            "İLT",
            "{n}, {d} tarihinde şunu yazdı:",
        ),
        Words(
            "ru",
            "Пересылаемое сообщение",
            "От",
            "Дата",
            "Отправлено",
            "Кому",
            "Копия",
            "Тема",
            "Пересл",
            "{d}, {n} написал:",
        ),
        Words(
            "uk",
            "Переслане повідомлення",
            "Від",
            "Дата",
            "Надіслано",
            "Кому",
            "Копія",
            "Тема",
            "FW",
            "{d} {n} пише:",
        ),
        Words(
            "bg",
            "Препратено съобщение",
            "От",
            "Дата",
            "Изпратено",
            "До",
            "Копие",
            "Относно",
            "FW",
            "На {d} {n} написа:",
        ),
        Words(
            "el",
            "Προωθημένο μήνυμα",
            "Από",
            "Ημερομηνία",
            "Στάλθηκε",
            "Προς",
            "Κοιν.",
            "Θέμα",
            "ΠΡΘ",
            "Στις {d}, {n} έγραψε:",
        ),
        Words(
            "et",
            "Edastatud kiri",
            "Saatja",
            "Kuupäev",
            "Saadetud",
            "Adressaat",
            "Koopia",
            "Teema",
            "FW",
            "{d} kirjutas {n}:",
        ),
        Words(
            "lv",
            "Pārsūtīts ziņojums",
            "No",
            "Datums",
            "Nosūtīts",
            "Kam",
            "Kopija",
            "Tēma",
            "FW",
            "{d} {n} rakstīja:",
        ),
        Words(
            "lt",
            "Persiųstas laiškas",
            "Nuo",
            "Data",
            "Išsiųsta",
            "Kam",
            "Kopija",
            "Tema",
            "FW",
            "{d} {n} rašė:",
        ),
        Words(
            "ca",
            "Missatge reenviat",
            "De",
            "Data",
            "Enviat",
            "Per a",
            "A/c",
            "Assumpte",
            "RV",
            "El {d}, {n} va escriure:",
        ),
        Words(
            "he",
            "הודעה שהועברה",
            "מאת",
            "תאריך",
            "נשלח",
            "אל",
            "עותק",
            "נושא",
            "הועבר",
            "בתאריך {d} {n} כתב:",
        ),
        Words(
            "ar",
            "رسالة معاد توجيهها",
            "من",
            "التاريخ",
            "تم الإرسال",
            "إلى",
            "نسخة",
            "الموضوع",
            "إعادة توجيه",
            "في {d}، كتب {n}:",
        ),
        Words(
            "ja",
            "転送されたメッセージ",
            "差出人",
            "日付",
            "送信日時",
            "宛先",
            "CC",
            "件名",
            "転送",
            "{d} {n}のメール:",
        ),
        Words(
            "zh_Hans",
            "转发的邮件",
            "发件人",
            "日期",
            "发送时间",
            "收件人",
            "抄送",
            "主题",
            "转发",
            "{n} 于{d}写道:",
        ),
        Words(
            "zh_Hant",
            "轉寄的郵件",
            "寄件者",
            "日期",
            "寄件日期",
            "收件者",
            "副本",
            "主旨",
            "轉寄",
            "{n} 於 {d} 寫道:",
        ),
        Words(
            "ko",
            "전달된 메시지",
            "보낸 사람",
            "날짜",
            "보낸 날짜",
            "받는 사람",
            "참조",
            "제목",
            "전달",
            "{d}, {n}님이 작성:",
        ),
        Words(
            "vi",
            "Thư được chuyển tiếp",
            "Từ",
            "Ngày",
            "Đã gửi",
            "Đến",
            "Cc",
            "Chủ đề",
            "Chuyển tiếp",
            "Vào {d}, {n} đã viết:",
        ),
        Words(
            "id",
            "Pesan terusan",
            "Dari",
            "Tanggal",
            "Dikirim",
            "Kepada",
            "Cc",
            "Perihal",
            "TRS",
            "Pada {d}, {n} menulis:",
        ),
        Words("th", "ข้อความที่ส่งต่อ", "จาก", "วันที่", "ส่ง", "ถึง", "สำเนา", "เรื่อง", "ส่งต่อ", "เมื่อ {d} {n} เขียน:"),
    )
}
"""By Babel's name of the language."""


def _date(words: Words, width: str = "full") -> str:
    pattern = {"full": "EEEE, d MMMM y, HH:mm", "short": "EEE, d MMM y, HH:mm"}[width]
    if words.locale in ("ja", "zh_Hans", "zh_Hant", "ko"):
        return format_datetime(WHEN, "full", locale=words.locale)
    return format_datetime(WHEN, pattern, locale=words.locale)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _block(rows: list[tuple[str, str]], colon: str = ": ") -> str:
    return "\n".join(f"{label}{colon}{value}" for label, value in rows)


def gmail(words: Words) -> str:
    rows = [
        (words.sender, f"{NAME} <{ADDRESS}>"),
        ("Date", _date(words, "short")),
        ("Subject", SUBJECT),
        ("To", f"<{MEMBER_ADDRESS}>"),
    ]
    return f"---------- Forwarded message ---------\n{_block(rows)}\n\n\n{BODY}\n"


def apple(words: Words) -> str:
    rows = [
        (words.sender, f"{NAME} <{ADDRESS}>"),
        (words.subject, SUBJECT),
        (words.date, f"{_date(words)} CET"),
        (words.to, f"{MEMBER} <{MEMBER_ADDRESS}>"),
        ("Reply-To", f"help <help@{ADDRESS.partition('@')[2]}>"),
    ]
    return _quoted(f"{words.phrase}:\n\n{_block(rows)}\n\n{BODY}\n")


def outlook_web(words: Words) -> str:
    rows = [
        (words.sender, f"{NAME} <{ADDRESS}>"),
        (words.sent, _date(words)),
        (words.to, f"{MEMBER} <{MEMBER_ADDRESS}>"),
        (words.subject, SUBJECT),
    ]
    return f"{'_' * 32}\n{_block(rows)}\n\n{BODY}\n"


def outlook_new(words: Words) -> str:
    rows = [
        (words.sender, f"{NAME} <{ADDRESS}>"),
        (words.date, _date(words)),
        (words.to, f"{MEMBER_ADDRESS} <{MEMBER_ADDRESS}>"),
        (words.copy, "Ben Ono <ben@post.example>; Kay <kay@post.example>"),
        (words.subject, SUBJECT),
    ]
    return f"{_block(rows)}\n{BODY}\n"


def outlook_bold(words: Words) -> str:
    rows = [
        (words.sender, f"{NAME}<mailto:{ADDRESS}> <{ADDRESS}<mailto:{ADDRESS}>>"),
        (words.sent, _date(words)),
        (words.to, f"{MEMBER} <{MEMBER_ADDRESS}<mailto:{MEMBER_ADDRESS}>>"),
        (words.subject, SUBJECT),
    ]
    return "\n".join(f"*{label}:* {value}" for label, value in rows) + f"\n\n{BODY}\n"


def thunderbird(words: Words) -> str:
    rows = [
        (words.subject, SUBJECT),
        (words.date, "Tue, 14 Nov 2023 18:05:42 +0100"),
        (words.sender, f"{NAME} <{ADDRESS}>"),
        (words.to, f"{MEMBER} <{MEMBER_ADDRESS}>"),
    ]
    return f"-------- {words.phrase} --------\n{_block(rows, ': ' + chr(9))}\n\n\n\n{BODY}\n"


def yahoo(words: Words) -> str:
    rows = [
        (words.sender, f"{NAME} <{ADDRESS}>"),
        (words.to, f'"{MEMBER_ADDRESS}" <{MEMBER_ADDRESS}>'),
        (words.sent, f"{_date(words)} CET"),
        (words.subject, SUBJECT),
    ]
    return f"   ----- {words.phrase} ----- {''.join(f'{label}: {value}' for label, value in rows)}\n {BODY}\n"


def hubspot(words: Words) -> str:
    colon = "：" if words.locale in ("ja", "zh_Hans", "zh_Hant") else ": "
    rows = [
        (words.sender, f"{NAME} <{ADDRESS}>"),
        (
            words.date,
            f"{_date(words)}:42 +0100"
            if words.locale not in ("ja", "zh_Hans", "zh_Hant", "ko")
            else _date(words),
        ),
        (words.subject, SUBJECT),
        (words.to, MEMBER_ADDRESS),
    ]
    return f"---------- {words.phrase} ---------\n{_block(rows, colon)}\n\n{BODY}\n"


def outlook_mac(words: Words) -> str:
    introduction = words.quote.format(d="14/11/2023 18:05", n=f'"{NAME}" <{ADDRESS}>')
    indented = "\n".join(f"    {line}".rstrip() for line in BODY.split("\n"))
    return f"\ufeff{introduction}\n\n{indented}\n"


LAYOUTS: dict[str, Callable[[Words], str]] = {
    "gmail": gmail,
    "apple": apple,
    "outlook_web": outlook_web,
    "outlook_new": outlook_new,
    "outlook_bold": outlook_bold,
    "thunderbird": thunderbird,
    "yahoo": yahoo,
    "hubspot": hubspot,
    "outlook_mac": outlook_mac,
}
