//! What the shop sells, and to whom.

/// One product. The price is in cents, so that sums are exact.
pub(crate) struct Product {
    pub id: &'static str,
    pub sku: &'static str,
    pub name: &'static str,
    pub category: &'static str,
    pub brand: &'static str,
    pub variants: &'static [&'static str],
    pub cents: u64,
}

const fn product(
    id: &'static str,
    sku: &'static str,
    name: &'static str,
    category: &'static str,
    brand: &'static str,
    variants: &'static [&'static str],
    cents: u64,
) -> Product {
    Product { id, sku, name, category, brand, variants, cents }
}

/// Names hold the characters that real catalogues hold: accents, quotation marks, other scripts and symbols.
pub(crate) const PRODUCTS: &[Product] = &[
    product("p-1001", "TNT-2P-GR", "Two-person tent “Fjäll”", "Tents", "Birkhav", &["green", "sand"], 34_900),
    product("p-1002", "TNT-4P-OR", "Family tent 4 × 3 m", "Tents", "Birkhav", &["orange"], 59_900),
    product("p-1003", "TRP-3X3", "Tarp 3 × 3 m", "Tents", "Ostwind", &["olive", "grey"], 8_950),
    product("p-2001", "SLB-DN-5", "Down sleeping bag −5 °C", "Sleeping", "Ostwind", &["regular", "long"], 27_500),
    product("p-2002", "MAT-INS", "Insulated mat", "Sleeping", "Ostwind", &["regular", "wide"], 12_990),
    product("p-2003", "PLW-INF", "Inflatable pillow", "Sleeping", "Nuvole", &["blue"], 2_495),
    product("p-3001", "STV-GAS", "Gas stove", "Cooking", "Brasa", &["steel"], 4_990),
    product("p-3002", "POT-1L", "Titanium pot 1 l", "Cooking", "Brasa", &["titanium"], 5_900),
    product("p-3003", "CUP-EN", "Enamel cup “Café”", "Cooking", "Brasa", &["white", "blue", "red"], 1_450),
    product("p-3004", "COF-V60", "Coffee dripper 山", "Cooking", "Kogane", &["clear"], 2_190),
    product("p-4001", "PCK-45", "Backpack 45 l", "Packs", "Birkhav", &["s/m", "m/l"], 18_900),
    product("p-4002", "PCK-20", "Day pack 20 l", "Packs", "Nuvole", &["black", "moss", "rust"], 7_900),
    product("p-4003", "DRY-10", "Dry bag 10 l", "Packs", "Nuvole", &["yellow"], 1_995),
    product("p-5001", "LMP-HD", "Head lamp 400 lm", "Light", "Kogane", &["black"], 5_490),
    product("p-5002", "LNT-SOL", "Solar lantern", "Light", "Kogane", &["small", "large"], 3_750),
    product("p-6001", "JKT-RN", "Rain jacket", "Clothing", "Ostwind", &["xs", "s", "m", "l", "xl"], 19_900),
    product("p-6002", "SCK-MRN", "Merino socks, 2 pairs", "Clothing", "Nuvole", &["36-38", "39-41", "42-44"], 2_990),
    product("p-6003", "HAT-WL", "Wool hat", "Clothing", "Nuvole", &["one size"], 2_450),
    product("p-7001", "KNF-FLD", "Folding knife", "Tools", "Brasa", &["oak", "walnut"], 6_500),
    product("p-7002", "CMP-MRR", "Mirror compass", "Tools", "Kogane", &["standard"], 4_200),
];

pub(crate) const CATEGORIES: &[&str] = &["Tents", "Sleeping", "Cooking", "Packs", "Light", "Clothing", "Tools"];

pub(crate) const SEARCHES: &[&str] =
    &["tent", "sleeping bag", "coffee", "head lamp", "regenjacke", "矢印 compass", "gift under 30 €", "backpack 45l"];

pub(crate) const FIRST_NAMES: &[&str] = &[
    "Amara", "Zoë", "Łukasz", "Mei", "José", "Ingrid", "Noor", "Kwame", "Sofía", "Dmitri", "Aiko", "Priya", "Tomás",
    "Greta", "Yusuf", "Chloé", "Ravi", "Elif", "Søren", "Nia",
];

pub(crate) const LAST_NAMES: &[&str] = &[
    "Okafor",
    "Brandt",
    "Nowak",
    "Tanaka",
    "García",
    "Lindqvist",
    "Haddad",
    "Mensah",
    "O’Brien",
    "Petrov",
    "Sato",
    "Sharma",
    "Novák",
    "Weber",
    "Demir",
    "Dubois",
    "Iyer",
    "Yılmaz",
    "Østergaard",
    "Achieng",
];

/// City, postal code, country, time zone, locale and currency belong together.
pub(crate) struct Place {
    pub city: &'static str,
    pub postal_code: &'static str,
    pub country: &'static str,
    pub timezone: &'static str,
    pub locale: &'static str,
    pub currency: &'static str,
}

const fn place(
    city: &'static str,
    postal_code: &'static str,
    country: &'static str,
    timezone: &'static str,
    locale: &'static str,
    currency: &'static str,
) -> Place {
    Place { city, postal_code, country, timezone, locale, currency }
}

pub(crate) const PLACES: &[Place] = &[
    place("Zürich", "8004", "Switzerland", "Europe/Zurich", "de-CH", "CHF"),
    place("Kraków", "31-042", "Poland", "Europe/Warsaw", "pl-PL", "EUR"),
    place("Lyon", "69002", "France", "Europe/Paris", "fr-FR", "EUR"),
    place("Portland", "97205", "United States", "America/Los_Angeles", "en-US", "USD"),
    place("Montréal", "H2X 1Y4", "Canada", "America/Toronto", "fr-CA", "USD"),
    place("京都", "600-8001", "Japan", "Asia/Tokyo", "ja-JP", "USD"),
    place("São Paulo", "01310-100", "Brazil", "America/Sao_Paulo", "pt-BR", "USD"),
    place("Malmö", "211 22", "Sweden", "Europe/Stockholm", "sv-SE", "EUR"),
];

pub(crate) struct Company {
    pub id: &'static str,
    pub name: &'static str,
    pub industry: &'static str,
    pub employees: u64,
    pub plan: &'static str,
}

/// Companies that buy for their people.
pub(crate) const COMPANIES: &[Company] = &[
    Company { id: "c-11", name: "Gletscher Guides", industry: "Tourism", employees: 24, plan: "team" },
    Company { id: "c-12", name: "Riverbend School", industry: "Education", employees: 130, plan: "team" },
    Company { id: "c-13", name: "Söder Film", industry: "Media", employees: 58, plan: "business" },
    Company { id: "c-14", name: "Hikari Rescue", industry: "Public safety", employees: 310, plan: "business" },
];

/// Campaign name, source and medium.
pub(crate) const CAMPAIGNS: &[[&str; 3]] = &[
    ["spring-trails", "newsletter", "email"],
    ["first-night-out", "search", "cpc"],
    ["autumn-sale", "partner", "affiliate"],
];

/// Coupon, and the hundredths of the total that it takes off.
pub(crate) const COUPONS: &[(&str, u64)] = &[("WELCOME10", 10), ("TRAIL5", 5), ("FRIENDS15", 15)];

pub(crate) const REVIEWS: &[(&str, u64)] = &[
    ("Kept us dry for a week of rain. 👍", 5),
    ("Good, though heavier than I expected.", 4),
    ("The zip broke on the second trip.", 2),
    ("軽くて使いやすい", 5),
];

pub(crate) const USER_AGENTS: &[&str] = &[
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
];
