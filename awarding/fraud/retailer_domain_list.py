"""Domains that well-known retailers send their order mails and e-receipts from.

One entry a line: names by which receipts show the chain (several for one group), a colon, its domains. Each
domain stands for its subdomains too. An asterisk marks those whose mails are about other shops' goods too:
marketplaces, delivery services, payment and till providers. Facts known to everybody who shops there, written
down in 2026; a program adds its own (`awarding.fraud.retailer_domains.known_domains`).
"""

ENTRIES = """
Amazon*: amazon.com amazon.co.uk amazon.de amazon.fr amazon.it amazon.es amazon.nl amazon.se amazon.pl
  amazon.ca amazon.com.au amazon.co.jp amazon.in amazon.com.br amazon.com.mx amazon.com.be amazon.com.tr
  amazon.sg amazon.ae
eBay*: ebay.com ebay.co.uk ebay.de ebay.fr ebay.it ebay.es ebay.ca ebay.com.au
Etsy*: etsy.com
AliExpress, Alibaba*: aliexpress.com alibaba.com
Temu*: temu.com temuemail.com
Shein: shein.com shein.co.uk sheinemail.com
Allegro*: allegro.pl
bol*: bol.com
Cdiscount*: cdiscount.com
Fnac, Darty*: fnac.com darty.com
Rakuten*: rakuten.com rakuten.co.jp rakuten.fr
Mercado Libre, Mercado Livre*: mercadolibre.com mercadolibre.com.mx mercadolibre.com.ar mercadolivre.com.br
Shopee*: shopee.com shopee.sg shopee.com.my shopee.co.id shopee.ph shopee.co.th shopee.vn shopee.com.br
  shopee.tw
Lazada*: lazada.com lazada.sg lazada.com.my lazada.co.id lazada.com.ph lazada.co.th lazada.vn
Tokopedia*: tokopedia.com
Flipkart*: flipkart.com
Otto*: otto.de
Zalando*: zalando.com zalando.de zalando.co.uk zalando.nl zalando.fr zalando.it zalando.es zalando.pl
  zalando.be zalando.at zalando.ch zalando.se
ASOS: asos.com
Wolt*: wolt.com
Uber Eats, Uber*: uber.com ubereats.com
DoorDash*: doordash.com
Deliveroo*: deliveroo.com deliveroo.co.uk
Just Eat, Lieferando, Takeaway*: just-eat.co.uk just-eat.com lieferando.de takeaway.com thuisbezorgd.nl
  pyszne.pl
Glovo*: glovoapp.com
foodpanda, foodora*: foodpanda.com foodora.com foodora.se
Grab*: grab.com
Instacart*: instacart.com
Shipt*: shipt.com
Gopuff*: gopuff.com
Getir, Gorillas*: getir.com
Flink: goflink.com
Rappi*: rappi.com
PayPal, Zettle*: paypal.com paypal.co.uk paypal.de zettle.com
Klarna*: klarna.com klarna.se
Square*: squareup.com square.com
Stripe*: stripe.com
Shopify*: shopify.com shopifyemail.com
Toast*: toasttab.com
SumUp*: sumup.com
Lightspeed*: lightspeedhq.com
Apple*: apple.com
Google*: google.com
Walmart, Wal-Mart, Walmart Supercenter: walmart.com walmart.ca walmart.com.mx
Sam's Club: samsclub.com
Target: target.com
Costco, Costco Wholesale: costco.com costco.ca costco.co.uk
Kroger, Ralphs, Fred Meyer, King Soopers, Fry's, QFC, Smith's Food, Harris Teeter, Dillons: kroger.com
  ralphs.com fredmeyer.com kingsoopers.com frysfood.com qfc.com smithsfoodanddrug.com harristeeter.com
  dillons.com
Albertsons, Safeway, Vons, Jewel-Osco, Acme Markets, Shaw's: albertsons.com safeway.com vons.com
  jewelosco.com acmemarkets.com shaws.com
Whole Foods, Whole Foods Market: wholefoodsmarket.com wholefoods.com
Trader Joe's: traderjoes.com
Publix: publix.com
H-E-B: heb.com
Meijer: meijer.com
Wegmans: wegmans.com
Hy-Vee: hy-vee.com
Giant, Stop and Shop, Food Lion, Hannaford: giantfood.com giantfoodstores.com stopandshop.com foodlion.com
  hannaford.com
ShopRite: shoprite.com wakefern.com
WinCo: wincofoods.com
Sprouts, Sprouts Farmers Market: sprouts.com
Thrive Market: thrivemarket.com
FreshDirect: freshdirect.com
CVS, CVS Pharmacy: cvs.com
Walgreens, Duane Reade: walgreens.com
Rite Aid: riteaid.com
Dollar General: dollargeneral.com
Dollar Tree, Family Dollar: dollartree.com familydollar.com
Home Depot: homedepot.com homedepot.ca
Lowe's: lowes.com
Best Buy: bestbuy.com bestbuy.ca
Macy's, Bloomingdale's: macys.com bloomingdales.com
Kohl's: kohls.com
Nordstrom: nordstrom.com nordstromrack.com
Ulta, Ulta Beauty: ulta.com
Sephora: sephora.com sephora.fr sephora.de sephora.it sephora.es sephora.co.uk
Bath and Body Works: bathandbodyworks.com
GNC: gnc.com
Petco: petco.com
PetSmart: petsmart.com
Chewy: chewy.com
Staples: staples.com staples.ca
Gap, Old Navy, Banana Republic: gap.com oldnavy.com bananarepublic.com
TJ Maxx, Marshalls, HomeGoods, TK Maxx: tjmaxx.com marshalls.com homegoods.com tkmaxx.com
Starbucks: starbucks.com starbucks.co.uk
McDonald's: mcdonalds.com
7-Eleven: 7-eleven.com
Loblaws, No Frills, Shoppers Drug Mart, Real Canadian Superstore: loblaws.ca pcoptimum.ca pcexpress.ca
  shoppersdrugmart.ca realcanadiansuperstore.ca
Sobeys: sobeys.com voila.ca
Metro, Super C: metro.ca superc.ca
Canadian Tire: canadiantire.ca
Tesco: tesco.com tesco.ie
Sainsbury's, Sainsburys: sainsburys.co.uk
Argos: argos.co.uk
Asda: asda.com asda.co.uk
Morrisons: morrisons.com
Waitrose: waitrose.com
John Lewis: johnlewis.com johnlewis.co.uk
Marks and Spencer, M and S, M&S: marksandspencer.com
Ocado: ocado.com
Iceland, Iceland Foods: iceland.co.uk
Co-op, Coop Food: coop.co.uk
Boots: boots.com boots.ie
Superdrug: superdrug.com
Holland and Barrett: hollandandbarrett.com hollandandbarrett.nl
B&M: bmstores.co.uk
Currys: currys.co.uk
Next: next.co.uk next.com
Primark: primark.com
Dunnes, Dunnes Stores: dunnesstores.com
SuperValu: supervalu.ie
REWE: rewe.de rewe-group.com mailing-rewe.de
Penny: penny.de penny.at penny.it
Edeka: edeka.de
Netto, Netto Marken-Discount: netto-online.de netto.de
Kaufland: kaufland.de kaufland.com kaufland.cz kaufland.pl kaufland.ro
Lidl: lidl.com lidl.de lidl.co.uk lidl.fr lidl.nl lidl.it lidl.es lidl.pl lidl.be lidl.ie lidl.at lidl.ch
  lidl.se
Aldi, Aldi Sued, Aldi Nord: aldi.com aldi.us aldi.co.uk aldi.de aldi-sued.de aldi-nord.de aldi.nl aldi.ie
  aldi.com.au
dm, dm drogerie markt: dm.de dm.at dm-drogeriemarkt.de dm-drogeriemarkt.at
Rossmann: rossmann.de rossmann.pl
Mueller, Müller: mueller.de
MediaMarkt, Media Markt, Saturn: mediamarkt.de mediamarkt.com mediamarkt.nl mediamarkt.es mediamarkt.at
  saturn.de
Thalia: thalia.de
Picnic: picnic.app picnic.nl picnic.de
Knuspr, Rohlik: knuspr.de rohlik.cz rohlik.group
Flaschenpost: flaschenpost.de
DocMorris: docmorris.de
Shop Apotheke, Redcare: shop-apotheke.com redcare-pharmacy.com
Douglas: douglas.de douglas.nl douglas.pl
Fressnapf, Maxi Zoo: fressnapf.de fressnapf.com maxizoo.fr
IKEA: ikea.com ikea.de
Decathlon: decathlon.com decathlon.fr decathlon.de decathlon.co.uk decathlon.es decathlon.it
Migros: migros.ch
Coop Schweiz, Coop: coop.ch
Billa, Merkur: billa.at billa.cz
Spar, Interspar: spar.at spar.co.uk spar.nl interspar.at
Hofer: hofer.at
Albert Heijn, AH to go: ah.nl ah.be
Jumbo: jumbo.com
Etos: etos.nl
Kruidvat: kruidvat.nl kruidvat.be
HEMA: hema.nl hema.com
Colruyt: colruyt.be colruytgroup.com
Delhaize: delhaize.be
Carrefour: carrefour.fr carrefour.com carrefour.be carrefour.it carrefour.es carrefour.pl carrefour.com.br
E Leclerc, Leclerc: leclerc.com e-leclerc.com leclercdrive.fr e.leclerc
Auchan: auchan.fr auchan.com auchan.pl
Intermarche, Intermarché: intermarche.com
Monoprix: monoprix.fr
Casino, Geant Casino: casino.fr geantcasino.fr
Systeme U, Super U, Hyper U: magasins-u.com systeme-u.fr coursesu.com
Picard: picard.fr
Leroy Merlin: leroymerlin.fr leroymerlin.es leroymerlin.it
Mercadona: mercadona.es mercadona.com
El Corte Ingles, El Corte Inglés: elcorteingles.es
DIA: dia.es
Continente: continente.pt sonae.pt
Pingo Doce: pingodoce.pt
Esselunga: esselunga.it
Conad: conad.it
Coop Italia, Coop: coop.it e-coop.it
Biedronka: biedronka.pl
Zabka, Żabka: zabka.pl
Dino: marketdino.pl
Albert: albert.cz
ICA: ica.se
Axfood, Willys, Hemkop: axfood.se willys.se hemkop.se
Coop Sverige, Coop: coop.se
Apotea: apotea.se
Rema 1000: rema.no rema1000.dk
Kiwi, Meny, NorgesGruppen: kiwi.no meny.no ngdata.no
Salling, Bilka, Foetex, Føtex: sallinggroup.com bilka.dk foetex.dk
Matas: matas.dk
K-Ruoka, Kesko, K-Market, K-Citymarket: kesko.fi k-ruoka.fi
S-kaupat, Prisma, S-market: s-kaupat.fi sok.fi prisma.fi
Maxima: maxima.lt maxima.lv maxima.ee barbora.lt barbora.lv barbora.ee
Rimi: rimi.lt rimi.lv rimi.ee
H&M: hm.com
Zara, Inditex, Massimo Dutti, Bershka: zara.com inditex.com massimodutti.com bershka.com
Uniqlo: uniqlo.com
C&A: c-and-a.com
Nike: nike.com
Adidas: adidas.com adidas.de adidas.co.uk
Woolworths: woolworths.com.au woolworths.co.za woolworthsrewards.com.au
Coles: coles.com.au
Kmart: kmart.com.au
Bunnings: bunnings.com.au
Chemist Warehouse: chemistwarehouse.com.au
New World, Pak n Save: newworld.co.nz paknsave.co.nz foodstuffs.co.nz
Countdown: countdown.co.nz woolworths.co.nz
Pick n Pay: pnp.co.za picknpay.com
Checkers, Shoprite Holdings: checkers.co.za shoprite.co.za sixty60.co.za
Clicks: clicks.co.za
Takealot*: takealot.com
Jumia*: jumia.com
BigBasket: bigbasket.com
Blinkit, Zomato*: blinkit.com zomato.com
Swiggy*: swiggy.in swiggy.com
DMart: dmart.in
Reliance, JioMart: jiomart.com ril.com
AEON: aeon.co.jp aeonretail.com.my
FairPrice, NTUC: fairprice.com.sg
Cold Storage, Guardian: coldstorage.com.sg guardian.com.sg
Watsons: watsons.com watsons.com.sg watsons.com.my
99 Speedmart: 99speedmart.com.my
Mydin: mydin.com.my
Yodobashi: yodobashi.com
Coupang: coupang.com
Magazine Luiza, Magalu*: magazineluiza.com.br magalu.com
Oxxo: oxxo.com
Soriana: soriana.com
Falabella: falabella.com
Liverpool: liverpool.com.mx
Carulla, Exito, Éxito: exito.com carulla.com
Migros, Migros Sanal: migros.com.tr
Trendyol*: trendyol.com
Hepsiburada*: hepsiburada.com
Lulu, Lulu Hypermarket: luluhypermarket.com
Noon*: noon.com
"""
