//! One visit to the shop, as a line of steps: each step is one message.

use std::collections::VecDeque;

use prime_event::MessageType;
use serde_json::{Value, json};

use crate::catalogue::{CAMPAIGNS, CATEGORIES, COUPONS, PRODUCTS, Product, REVIEWS, SEARCHES};
use crate::chance::Chance;
use crate::people::Person;

/// What a visitor does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Arrive,
    Open,
    SeeExperiment,
    SeePromotion,
    Search,
    OpenCategory,
    SeeList,
    FilterList,
    ClickProduct,
    OpenProduct,
    SeeProduct,
    Wish,
    AddToCart,
    RemoveFromCart,
    SeeCart,
    ApplyCoupon,
    StartCheckout,
    /// The person becomes known: the identify call.
    Identify,
    /// The same person's earlier id, from libraries that still alias.
    Alias,
    JoinCompany,
    SignedUp,
    SeeStage(u64),
    PassStage(u64),
    EnterPayment,
    CompleteOrder,
    Refund,
    Review,
    Leave,
}

/// What a step says, before a library wraps it.
pub(crate) struct Draft {
    pub kind: MessageType,
    /// The event of a track call, the name of a page or screen.
    pub name: Option<String>,
    pub category: Option<&'static str>,
    /// Properties or traits.
    pub body: Value,
    /// Whether the shop's server says it and not the visitor's device.
    pub from_server: bool,
}

pub(crate) struct Visit {
    pub person: usize,
    pub device: usize,
    /// How long ago all of it happened: a phone that had no network sends late.
    pub lag_ms: i64,
    pub campaign: Option<[&'static str; 3]>,
    pub steps: VecDeque<Step>,
    product: &'static Product,
    category: &'static str,
    cart_id: String,
    order_id: String,
    checkout_id: String,
    cart: Vec<CartLine>,
    coupon: Option<(&'static str, u64)>,
}

struct CartLine {
    product: &'static Product,
    variant: &'static str,
    quantity: u64,
}

impl Visit {
    pub(crate) fn plan(person: usize, device: usize, who: &Person, lag_ms: i64, chance: &mut Chance) -> Self {
        let phone = who.devices[device].is_phone();
        let signed_in = who.devices[device].signed_in;
        Self {
            person,
            device,
            lag_ms,
            campaign: (!phone && chance.happens(0.25)).then(|| chance.pick(CAMPAIGNS)),
            steps: plan_steps(phone, signed_in, who, chance),
            product: &PRODUCTS[chance.index(PRODUCTS.len())],
            category: chance.pick(CATEGORIES),
            cart_id: chance.uuid().to_string(),
            order_id: format!("o-{}", chance.between(100_000, 999_999_999)),
            checkout_id: chance.uuid().to_string(),
            cart: Vec::new(),
            coupon: None,
        }
    }

    /// Where in the shop the visitor stands; also the page of the context.
    pub(crate) fn page_path(&self, step: Step) -> String {
        match step {
            Step::Arrive | Step::SeeExperiment | Step::SeePromotion | Step::Search => "/".to_owned(),
            Step::OpenCategory | Step::SeeList | Step::FilterList => format!("/c/{}", self.category.to_lowercase()),
            Step::SeeCart | Step::RemoveFromCart | Step::ApplyCoupon => "/cart".to_owned(),
            Step::StartCheckout | Step::SeeStage(_) | Step::PassStage(_) | Step::EnterPayment => "/checkout".to_owned(),
            _ => format!("/p/{}", self.product.id),
        }
    }

    /// Carries out one step. The date is what the visitor's device believes it to be.
    pub(crate) fn act(&mut self, step: Step, who: &mut Person, date: &str, chance: &mut Chance) -> Draft {
        let currency = who.place.currency;
        match step {
            Step::Arrive => self.page(who, "Home", None, json!({})),
            Step::Open => {
                track("Application Opened", json!({ "version": "4.2.0", "build": "4203", "from_background": false }))
            }
            Step::SeeExperiment => track(
                "Experiment Viewed",
                json!({
                    "experiment_id": "e-7", "experiment_name": "Sticky cart",
                    "variation_id": chance.pick(&["control", "sticky"]), "variation_name": "Sticky cart",
                }),
            ),
            Step::SeePromotion => track(
                chance.pick(&["Promotion Viewed", "Promotion Viewed", "Promotion Clicked"]),
                json!({ "promotion_id": "promo-3", "creative": "banner-forest", "name": "Autumn sale", "position": "home_top" }),
            ),
            Step::Search => track("Products Searched", json!({ "query": chance.pick(SEARCHES) })),
            Step::OpenCategory => {
                self.category = chance.pick(CATEGORIES);
                self.page(who, self.category, Some("Category"), json!({}))
            }
            Step::SeeList => track("Product List Viewed", self.list()),
            Step::FilterList => {
                let mut list = self.list();
                list["filters"] =
                    json!([{ "type": "price", "value": "under-100" }, { "type": "in-stock", "value": true }]);
                list["sorts"] = json!([{ "type": "price", "value": "asc" }]);
                track("Product List Filtered", list)
            }
            Step::ClickProduct => {
                self.product = product_of(self.category, chance);
                let mut body = described(self.product, currency);
                body["position"] = json!(chance.between(1, 12));
                track("Product Clicked", body)
            }
            Step::OpenProduct => {
                self.page(who, self.product.name, Some("Product"), json!({ "product_id": self.product.id }))
            }
            Step::SeeProduct => track("Product Viewed", described(self.product, currency)),
            Step::Wish => {
                let mut body = described(self.product, currency);
                body["wishlist_id"] = json!(format!("w-{}", who.number));
                body["wishlist_name"] = json!("Someday");
                track("Product Added to Wishlist", body)
            }
            Step::AddToCart => self.add_to_cart(currency, chance),
            Step::RemoveFromCart => self.remove_from_cart(currency),
            Step::SeeCart => track("Cart Viewed", json!({ "cart_id": self.cart_id, "products": self.cart_products() })),
            Step::ApplyCoupon => self.apply_coupon(chance),
            Step::StartCheckout => track("Checkout Started", self.order(currency)),
            Step::Identify => self.identify(who, date),
            Step::Alias => draft(MessageType::Alias, json!({})),
            Step::JoinCompany => draft(MessageType::Group, company_traits(who)),
            Step::SignedUp => track(
                "Signed Up",
                json!({
                    "type": if who.company.is_some() { "business" } else { "person" },
                    "first_name": who.first_name, "last_name": who.last_name, "email": who.email(),
                }),
            ),
            Step::SeeStage(step) => track("Checkout Step Viewed", self.checkout_step(step)),
            Step::PassStage(step) => track("Checkout Step Completed", self.checkout_step(step)),
            Step::EnterPayment => {
                let mut body = self.checkout_step(3);
                body["order_id"] = json!(self.order_id);
                track("Payment Info Entered", body)
            }
            Step::CompleteOrder => {
                who.orders += 1;
                let mut body = self.order(currency);
                body["checkout_id"] = json!(self.checkout_id);
                // Most orders are told by the shop's server, which cannot be blocked in a browser.
                Draft { from_server: chance.happens(0.7), ..track("Order Completed", body) }
            }
            Step::Refund => Draft { from_server: true, ..track("Order Refunded", self.order(currency)) },
            Step::Review => {
                let (text, rating) = chance.pick(REVIEWS);
                track(
                    "Product Reviewed",
                    json!({
                        "product_id": self.product.id, "review_id": chance.uuid().to_string(),
                        "review_body": text, "rating": rating,
                    }),
                )
            }
            Step::Leave => track("Application Backgrounded", json!({})),
        }
    }

    fn page(&self, who: &Person, name: &str, category: Option<&'static str>, mut properties: Value) -> Draft {
        let kind = if who.devices[self.device].is_phone() { MessageType::Screen } else { MessageType::Page };
        if let Some(category) = category {
            properties["category"] = json!(category);
        }
        Draft { kind, name: Some(name.to_owned()), category, body: properties, from_server: false }
    }

    fn identify(&self, who: &mut Person, date: &str) -> Draft {
        if who.user_id.is_none() {
            who.user_id = Some(format!("customer-{}", who.number));
        }
        who.devices[self.device].signed_in = true;
        draft(MessageType::Identify, who.traits(date))
    }

    fn list(&self) -> Value {
        let products: Vec<_> = PRODUCTS
            .iter()
            .filter(|product| product.category == self.category)
            .zip(1_u64..)
            .map(|(product, position)| json!({ "product_id": product.id, "name": product.name, "position": position }))
            .collect();
        json!({ "list_id": format!("list-{}", self.category.to_lowercase()), "category": self.category, "products": products })
    }

    fn add_to_cart(&mut self, currency: &str, chance: &mut Chance) -> Draft {
        let line = CartLine {
            product: self.product,
            variant: chance.pick(self.product.variants),
            quantity: if chance.happens(0.2) { chance.between(2, 4) } else { 1 },
        };
        let mut body = line.described(currency);
        body["cart_id"] = json!(self.cart_id);
        self.cart.push(line);
        track("Product Added", body)
    }

    fn remove_from_cart(&mut self, currency: &str) -> Draft {
        let mut body =
            self.cart.pop().map_or_else(|| described(self.product, currency), |line| line.described(currency));
        body["cart_id"] = json!(self.cart_id);
        track("Product Removed", body)
    }

    fn apply_coupon(&mut self, chance: &mut Chance) -> Draft {
        let (coupon, percent) = chance.pick(COUPONS);
        self.coupon = Some((coupon, percent));
        let discount = amount(self.cart_cents() * percent / 100);
        let body = json!({
            "order_id": self.order_id, "cart_id": self.cart_id, "coupon_id": coupon, "coupon_name": coupon, "discount": discount,
        });
        track("Coupon Applied", body)
    }

    fn cart_cents(&self) -> u64 {
        self.cart.iter().map(|line| line.product.cents * line.quantity).sum()
    }

    fn cart_products(&self) -> Vec<Value> {
        self.cart.iter().map(|line| line.described_without_currency()).collect()
    }

    fn order(&self, currency: &str) -> Value {
        let subtotal = self.cart_cents();
        let discount = self.coupon.map_or(0, |(_, percent)| subtotal * percent / 100);
        let shipping = if subtotal > 10_000 { 0 } else { 690 };
        let revenue = subtotal - discount;
        let tax = revenue * 8 / 100;
        let total = revenue + shipping + tax;
        json!({
            "order_id": self.order_id,
            "affiliation": "web shop",
            "subtotal": amount(subtotal),
            "revenue": amount(revenue),
            "value": amount(revenue),
            "shipping": amount(shipping),
            "tax": amount(tax),
            "discount": amount(discount),
            "total": amount(total),
            "coupon": self.coupon.map(|(coupon, _)| coupon),
            "currency": currency,
            "products": self.cart_products(),
        })
    }

    fn checkout_step(&self, step: u64) -> Value {
        json!({ "checkout_id": self.checkout_id, "step": step, "shipping_method": "parcel", "payment_method": "card" })
    }
}

impl CartLine {
    fn described(&self, currency: &str) -> Value {
        let mut body = self.described_without_currency();
        body["currency"] = json!(currency);
        body
    }

    fn described_without_currency(&self) -> Value {
        let mut body = product_fields(self.product);
        body["variant"] = json!(self.variant);
        body["quantity"] = json!(self.quantity);
        body
    }
}

/// What somebody on this device does on one visit, decided before it begins.
fn plan_steps(phone: bool, signed_in: bool, who: &Person, chance: &mut Chance) -> VecDeque<Step> {
    use Step::*;
    let mut steps = VecDeque::from(if phone { vec![Open, Arrive] } else { vec![Arrive] });
    let mut maybe = |share: f64, added: &[Step], steps: &mut VecDeque<Step>| {
        let happens = chance.happens(share);
        if happens {
            steps.extend(added);
        }
        happens
    };
    maybe(0.15, &[SeeExperiment], &mut steps);
    maybe(0.2, &[SeePromotion], &mut steps);
    // A customer on a new device signs in before shopping, more often than not.
    let returning = who.user_id.is_some() && !signed_in;
    let mut known = signed_in || (returning && maybe(0.6, &[Identify], &mut steps));
    maybe(0.3, &[Search], &mut steps);
    for _ in 0..3 {
        maybe(0.6, &[OpenCategory, SeeList], &mut steps);
        maybe(0.15, &[FilterList], &mut steps);
        maybe(0.75, &[ClickProduct, OpenProduct, SeeProduct], &mut steps);
        maybe(0.1, &[Wish], &mut steps);
        maybe(0.4, &[AddToCart], &mut steps);
    }
    let buys_something = steps.contains(&AddToCart);
    if buys_something {
        steps.push_back(SeeCart);
        let several = steps.iter().filter(|step| **step == AddToCart).count() > 1;
        maybe(if several { 0.3 } else { 0.0 }, &[RemoveFromCart], &mut steps);
        maybe(0.2, &[ApplyCoupon], &mut steps);
    }
    if buys_something && maybe(0.6, &[StartCheckout, SeeStage(1)], &mut steps) {
        if !known {
            steps.push_back(Identify);
            maybe(0.3, &[Alias], &mut steps);
            steps.extend(who.company.map(|_| JoinCompany));
            steps.extend(who.user_id.is_none().then_some(SignedUp));
            known = true;
        }
        steps.extend([PassStage(1), SeeStage(2), PassStage(2)]);
        if maybe(0.8, &[EnterPayment, CompleteOrder], &mut steps) {
            maybe(0.05, &[Refund], &mut steps);
        }
    }
    maybe(if known { 0.1 } else { 0.0 }, &[Review], &mut steps);
    maybe(if phone { 0.8 } else { 0.0 }, &[Leave], &mut steps);
    steps
}

fn product_of(category: &str, chance: &mut Chance) -> &'static Product {
    let choice: Vec<&'static Product> = PRODUCTS.iter().filter(|product| product.category == category).collect();
    chance.pick(&choice)
}

fn product_fields(product: &Product) -> Value {
    json!({
        "product_id": product.id,
        "sku": product.sku,
        "category": product.category,
        "name": product.name,
        "brand": product.brand,
        "price": amount(product.cents),
        "url": format!("https://shop.example.com/p/{}", product.id),
        "image_url": format!("https://shop.example.com/images/{}.jpg", product.sku.to_lowercase()),
    })
}

fn described(product: &Product, currency: &str) -> Value {
    let mut body = product_fields(product);
    body["currency"] = json!(currency);
    body["value"] = json!(amount(product.cents));
    body
}

fn company_traits(who: &Person) -> Value {
    let Some(company) = who.company else { return json!({}) };
    json!({ "name": company.name, "industry": company.industry, "employees": company.employees, "plan": company.plan })
}

/// Cents as an amount. Two decimal digits below 2^53 are exact enough to print as they were meant.
fn amount(cents: u64) -> f64 {
    cents as f64 / 100.0
}

fn track(event: &str, properties: Value) -> Draft {
    Draft { name: Some(event.to_owned()), ..draft(MessageType::Track, properties) }
}

fn draft(kind: MessageType, body: Value) -> Draft {
    Draft { kind, name: None, category: None, body, from_server: false }
}
