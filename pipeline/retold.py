"""What rules, checks and declines say to members, with a place for each thing that is filled in.

These are written in English where they are decided, and kept so with the receipt. `pipeline.retelling` finds
which of them a kept sentence is. The word before a place's number says what stands there: points, money,
a day, a list of names, and so on; any other word is told as it is.
"""

from __future__ import annotations

OF_CHECKS: tuple[str, ...] = (
    "The amounts we read on your receipt do not add up to its total, so one of us will have a look.",
    "We may not have read every line of your receipt. If a product is missing, send a sharper photo.",
    "We could not read the %(field)s on the receipt, so one of us will have a look.",
    "We could not read the %(field)s on your receipt, so one of us will have a look.",
    "We could not read the %(field)s on your receipt clearly, so one of us will have a look.",
    "Some of your last receipts could not be paid, so one of us looks at this one first.",
    "A part of your picture looks like another part of it. Scanning apps can cause this; if you have the "
    "receipt on paper, please photograph it with the plain camera.",
    "The code that the till printed on your receipt and the words beside it do not say the same to us, as"
    " can happen where a photo is hard to read. One of us will have a look.",
    "Another receipt that was sent to us carries the same number as yours, or follows the same one. That "
    "need not be your doing. One of us will have a look at both.",
    "The purchase is an unusually large one, so one of us may have a look at it first.",
    "The number of items on your receipt is not the one that we count, so one of us may have a look.",
    "We do not know the shop on your receipt yet, so one of us may have a look.",
    "We could not tell which of the shop's stores your receipt is from. One of us may have a look.",
    "We do not know this store of the shop yet, so one of us may have a look.",
    "Your picture is a screenshot. That is fine where a shop gives its receipt on the phone only; if it "
    "came by email, please forward us the email, and if it is on paper, please photograph the paper.",
    "Your picture does not look like one from a camera. If the receipt is on paper, please photograph the"
    " paper; if the shop sent it by email, please forward us the email.",
    "We could not match the links in the email with the shop on the receipt, so one of us will have a look.",
    "The email is not quite as its sender's system signed it, which can happen on its way to us. One of "
    "us will have a look. If you still have the shop's own email, you can also send us that as an "
    "attachment.",
    "We could not match the email's sender with the shop on the receipt, so one of us will have a look.",
    "Many receipts came in from you or near you in a short time, so one of us looks at it first.",
    "Your account is new and the purchase a large one, so one of us looks at it first.",
    "The PDF was changed after it was made, as some programs do when they save it. One of us will look at"
    " it. If you still have the shop's own file or email, you can also send us that.",
    "Your picture was saved by a program that changes pictures. Please send us the photo as your phone "
    "took it.",
    "Your picture says that it was made by a program and not by a camera, so one of us will have a look.",
    "The price of a product is not the usual one, so one of us may have a look.",
    "We read the date on your receipt as %(day)s, which is before the program or your account began. One "
    "of us may have a look.",
    "We read the date on your receipt as %(day)s, which is still to come. One of us will have a look.",
    "We read the date on your receipt as %(day)s. Receipts count for %(number)s days after the purchase, "
    "so one of us will have a look.",
    "This purchase has been sent to us from another account as well, perhaps by someone in your "
    "household. Each purchase counts once, so one of us will have a look.",
    "You sent this receipt before and one of us looked at it then. We will look at it once more.",
    "You sent this receipt before and it is waiting for one of us. There is no need to send it again.",
    "You sent this receipt before. Lines that already earned points do not earn them again.",
    "You sent this receipt a moment ago. Each purchase counts once.",
    "You withdrew this receipt before, and sent it again: it counts now.",
    "Thank you for sending this receipt again.",
    "This receipt looks different from others of the shop, so one of us may have a look.",
    "We have this very picture already, and this time we read other things on it. One of us will have a "
    "look.",
    "This receipt looks much like one we already have, and too little of it could be read to tell them "
    "apart. One of us will have a look.",
    "You sent us parts of this purchase before. Each counts once, so one of us will have a look at the rest.",
    "A serial number on this receipt is on another purchase as well, so one of us will have a look.",
    "Your picture looks like a photo of a screen. If you have the receipt on paper, please photograph "
    "that; if the shop sent it by email, you can forward us the email instead.",
    "Your email came in a way that does not show us surely that it is yours, so one of us will have a "
    "look. To skip this next time, send receipts to your personal address, which you find in your "
    "account.",
    "Several members send receipts from where this one came from, so one of us looks at it first. You "
    "need do nothing.",
    "We could not check everything about this receipt by ourselves, so one of us will have a look.",
    "You have sent more than %(number)s receipts today, so one of us looks at the further ones first.",
    "We are not sure which product %(prints)s is, so one of us will have a look.",
    "We are not sure which products %(prints)s are, so one of us will have a look.",
    "We read %(number)s × %(product)s, so one of us will have a look.",
)

OF_DECLINES: tuple[str, ...] = (
    "None of the products on this receipt earn points at the moment.",
    "The products of this purchase have earned their points before.",
    "You have already earned the most that one member can in this campaign, so this receipt adds nothing.",
    "No campaign counts purchases of this day at this shop.",
    "This is a receipt of a refund, and refunds earn no points.",
    "One of us looked at this receipt and could not accept it.",
    "We could not accept this receipt by ourselves, and we may be wrong: ask us to look on the receipt's "
    "page, and one of us will.",
    "You withdrew this receipt, so it earned nothing. If you want it to count after all, send it again.",
    "We found no products on this receipt. A card's slip names none: then please send the shop's receipt,"
    " which lists what you bought. If this is that receipt, please lay it flat in good light and send a "
    "new photo; it will be treated as if it were the first.",
    "You sent us this purchase already, in parts, the first by %(channel)s on %(day)s, and they earned "
    "%(points)s. All is well; you need not do anything.",
    "You sent us this purchase already, by %(channel)s on %(day)s, and it earned %(points)s then. All is "
    "well; you need not do anything.",
)

TAILS: tuple[str, ...] = (
    "Some lines could not be read: if one of our products is missing, please send a sharper photo.",
    "The receipt stays good for other campaigns.",
    "We counted %(rates)s.",
    "The print differs by what a printer smudges.",
)
"""Sentences that may stand behind another."""

OF_LINES: tuple[str, ...] = (
    "Confirmed for this shop by a reviewer.",
    "Confirmed for this shop by a reviewer on %(day)s.",
    "Confirmed for this shop by a reviewer on %(day)s, %(number)s times.",
)

OF_ENTRIES: tuple[str, ...] = (
    "%(points)s can be spent now.",
    "%(points)s of yours expire from %(day)s on. Spend them before.",
    "%(points)s were not spent in time.",
    "%(points)s taken back: %(sentence)s",
    "%(points)s set aside: %(purpose)s",
    "%(points)s spent: %(purpose)s",
    "%(points)s given back: %(purpose)s",
    "Brought over from %(name)s, corrected",
    "Brought over from %(name)s",
)

WITH_WORDS = "One of us looked at this receipt and could not accept it."

"""A reviewer's own words may stand behind it, which are told as they are."""

OF_RULES: tuple[str, ...] = (
    "“%(campaign)s” counts purchases from %(day_1)s to %(day_2)s, and we could not read the date of this "
    "one.",
    "“%(campaign)s” counts purchases from %(day_1)s to %(day_2)s; this one was on %(day_3)s by our clock.",
    "“%(campaign)s” counts purchases from %(day_1)s to %(day_2)s; this one was on %(day_3)s.",
    "“%(campaign)s” counts purchases at %(list)s; we read the shop as “%(shop)s”.",
    "“%(campaign)s” counts purchases at %(list)s; we could not read the shop.",
    "“%(campaign)s” pays for purchases; this is a receipt of a refund.",
    "“%(campaign)s”: none of the products on this receipt count here.",
    "“%(campaign)s”: the products of this purchase have earned their points before.",
    "“%(campaign)s” counts amounts in %(currency_1)s; this purchase was paid in %(currency_2)s.",
    "“%(campaign)s”: %(money_1)s is less than the %(money_2)s that earn points.",
    "“%(campaign)s”: %(money_1)s on our products, %(points_1)s for each full %(money_2)s, is %(points_2)s.",
    "“%(campaign)s”: %(number)s × %(names)s, %(points_1)s each, is %(points_2)s.",
    "“%(campaign)s”: this would be %(points_1)s, but one member can earn at most %(points_2)s here, so "
    "%(points_3)s could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but one member can earn at most %(points_2)s here, so "
    "nothing could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but one receipt can earn at most %(points_2)s here, so "
    "%(points_3)s could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but one receipt can earn at most %(points_2)s here, so "
    "nothing could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but one day can earn at most %(points_2)s here, so "
    "%(points_3)s could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but one day can earn at most %(points_2)s here, so "
    "nothing could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but its points for all members are used up, so "
    "%(points_2)s could be added.",
    "“%(campaign)s”: this would be %(points_1)s, but its points for all members are used up, so nothing "
    "could be added.",
    "“%(campaign)s”: this would be %(points_1)s; one receipt earns at most %(points_2)s here.",
    "“%(campaign)s” counts purchases in %(list)s; we did not find that on this receipt.",
    "“%(campaign)s” counts purchases on %(weekdays_1)s; %(day)s was a %(weekdays_2)s.",
    "“%(campaign)s” counts purchases %(when)s; this one was on %(day)s.",
    "“%(campaign)s” counts purchases %(when)s; we could not read the time of this one.",
    "“%(campaign)s” counts purchases %(when)s; this one was at %(time)s.",
    "“%(campaign)s” is for members in %(list)s; on the day of this purchase you were in none.",
    "“%(campaign)s” is for members in %(list)s; on the day of this purchase you were in %(tier)s.",
    "“%(campaign)s” is for members who were invited to it.",
    "“%(campaign)s” is for members with the badge %(list)s.",
    "“%(campaign)s” counts around your birthday, and we do not know when that is.",
    "“%(campaign)s” counts around your birthday; %(day)s is not near it.",
    "“%(campaign)s” counts %(nth_1)s; this is your %(nth_2)s.",
    "“%(campaign)s” counts purchases in %(number)s days on end, one for each day; this day has been counted.",
    "“%(campaign)s” counts purchases in %(number)s weeks on end, one for each week; this week has been "
    "counted.",
    "“%(campaign)s” counts purchases in %(number)s months on end, one for each month; this month has been"
    " counted.",
    "“%(campaign)s” counts purchases in %(number)s days on end; this one is the first.",
    "“%(campaign)s” counts purchases in %(number)s weeks on end; this one is the first.",
    "“%(campaign)s” counts purchases in %(number)s months on end; this one is the first.",
    "“%(campaign)s” counts purchases in %(number_1)s days on end; this one makes %(number_2)s.",
    "“%(campaign)s” counts purchases in %(number_1)s weeks on end; this one makes %(number_2)s.",
    "“%(campaign)s” counts purchases in %(number_1)s months on end; this one makes %(number_2)s.",
    "“%(campaign)s” pays once when your purchases reach %(money_1)s; with this one they make %(money_2)s.",
    "“%(campaign)s” counts from %(money_1)s on; this purchase has %(money_2)s.",
    "“%(campaign)s” pays once for each member, and you have had that.",
    "“%(campaign)s” pays %(number)s times for each member, and you have had that.",
    "“%(campaign)s” pays once a %(period)s for each member, and you have had that.",
    "“%(campaign)s” pays %(number)s times a %(period)s for each member, and you have had that.",
    "“%(campaign)s” counts from %(number_1)s pieces on; this purchase has %(number_2)s.",
    "“%(campaign)s” counts %(number)s products bought together; this purchase has enough of none of them.",
    "“%(campaign)s” counts %(number_1)s products bought together; this purchase has enough of only "
    "%(number_2)s of them.",
    "“%(campaign)s”: %(number_1)s pieces, %(points_1)s for every %(number_2)s, is %(points_2)s.",
    "“%(campaign)s”: %(number)s × all products together, %(points_1)s each, is %(points_2)s.",
    "“%(campaign)s”: %(points)s for this purchase.",
    "“%(campaign)s”: %(money_1)s reaches %(money_2)s, which is %(points)s.",
    "“%(campaign)s”: %(money_1)s on our products, %(points_1)s for each %(money_2)s, rounded "
    "%(rounding)s, is %(points_2)s.",
    "“%(campaign)s” multiplies other points, and this purchase has none of those.",
    "“%(campaign)s”: %(points_1)s count %(number)s times, which adds %(points_2)s.",
    "“%(campaign)s” pays for something else.",
    "“%(campaign)s” pays for something you do, not for a purchase.",
    "“%(campaign)s”: %(points)s.",
    "“%(campaign)s” does not add up with “%(other)s”, which counts for this purchase.",
    "“%(campaign)s” pays one of its bonuses for a purchase, and this purchase has had another.",
)

WORDS: tuple[str, ...] = (
    "date",
    "total",
    "shop's name",
    "products",
    "upload",
    "mail",
    "text",
    "day",
    "week",
    "month",
    "year",
    "down line by line",
    "down on the whole",
    "to the nearest line by line",
    "to the nearest on the whole",
    "up line by line",
    "up on the whole",
)
"""What stands in places of the kinds `field`, `channel`, `period` and `rounding`."""
