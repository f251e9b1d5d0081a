//! Personal data by the name of its column, in English and Spanish.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::suite::pii::Kind;

/// What the names of columns say: a kind, and words that stand one after the other in its names.
///
/// Words are without accents and in small letters. A phrase of one word is enough wherever it stands.
#[rustfmt::skip]
const PHRASES: &[(Kind, &[&str])] = &[
    (Kind::Email, &["email", "emails", "e mail", "mail", "correo", "correos"]),
    (Kind::Ip, &["ip", "ips", "ipv4", "ipv6", "remote addr"]),
    (Kind::Birth, &[
        "birth", "birthday", "birthdate", "dob", "nacimiento", "fecha nac", "fec nac", "fecnac", "fechanac", "cumpleanos",
    ]),
    (Kind::Phone, &[
        "phone", "phones", "telephone", "telefono", "telefonos", "tel", "tlf", "tlfno", "tfno", "cellphone", "fax",
        "whatsapp", "numero movil", "mobile number", "mobile no", "movil personal", "movil contacto", "movil cliente",
        "numero celular",
    ]),
    (Kind::Account, &["iban", "account number", "account no", "numero cuenta", "numero de cuenta", "num cuenta", "cuenta bancaria"]),
    (Kind::Card, &[
        "card number", "card no", "card num", "card pan", "cardnumber", "credit card", "debit card", "card holder",
        "cardholder", "numero tarjeta", "numero de tarjeta", "num tarjeta", "nro tarjeta", "tarjeta credito",
        "tarjeta de credito", "tarjeta debito", "tarjeta de debito", "titular tarjeta", "cvv", "cvv2", "cvc", "cvc2",
        "pan number", "numero pan",
    ]),
    (Kind::Identity, &[
        "dni", "nie", "nif", "curp", "rfc", "cuit", "cuil", "rut", "cpf", "ssn", "nss", "passport", "pasaporte",
        "cedula", "social security", "seguridad social", "national id", "tax id", "documento identidad",
        "documento de identidad", "numero documento", "numero de documento", "num documento", "nro documento",
    ]),
    (Kind::Secret, &[
        "password", "passwd", "pwd", "contrasena", "contrasenas", "secret", "secreto", "token", "api key", "apikey",
        "access key", "private key", "clave privada", "clave acceso", "clave de acceso", "credential", "credentials",
    ]),
    (Kind::Name, &[
        "first name", "last name", "full name", "middle name", "given name", "family name", "maiden name", "sur name",
        "firstname", "lastname", "fullname", "surname", "forename", "user name", "username", "nickname",
        "apellido", "apellidos", "nombres", "nombre completo", "nombre apellido", "nombre pila", "nombre de pila",
        "customer name", "client name", "person name", "employee name", "patient name", "student name", "contact name",
        "holder name", "owner name", "member name", "guest name", "passenger name", "buyer name", "recipient name",
        "nombre cliente", "nombre usuario", "nombre persona", "nombre empleado", "nombre paciente", "nombre alumno",
        "nombre contacto", "nombre titular", "nombre comprador", "nombre destinatario", "nombre del cliente",
        "nombre de cliente", "nombre de usuario", "nombre del titular", "nombre del paciente", "nombre del empleado",
        "cliente nombre", "usuario nombre", "titular nombre", "contacto nombre",
    ]),
    (Kind::Address, &["address", "addresses", "street", "direccion", "direcciones", "domicilio", "calle"]),
];

/// Words that are personal data only where nothing else stands beside them.
#[rustfmt::skip]
const ALONE: &[(Kind, &str)] = &[
    (Kind::Phone, "mobile"), (Kind::Phone, "movil"), (Kind::Phone, "celular"), (Kind::Card, "card"),
    (Kind::Card, "tarjeta"), (Kind::Card, "pan"),
];

/// Words at either end that say that the column is about such data and holds none: `email_verified`, `is_phone`, `card_type`.
#[rustfmt::skip]
const ABOUT: &[&str] = &[
    "is", "has", "es", "tiene", "count", "total", "num", "type", "tipo", "status", "estado", "verified", "verificado",
    "confirmed", "confirmado", "valid", "valido", "enabled", "required", "sent", "enviado", "at", "on", "flag", "id",
    "domain", "dominio", "provider", "brand", "marca", "length", "version", "template", "plantilla", "date", "fecha",
    "optin", "opt", "in", "lang", "country", "pais",
];

/// Words beside which an address, a direction or a word of theirs is of something else.
const OF_THINGS: &[&str] = &["viento", "wind", "web", "url", "memory", "memoria", "host", "server", "mac", "trafico"];

/// How many characters of a name are looked at.
const LONGEST: usize = 4096;

/// A phrase, with its place among all and its kind.
type Phrase = (usize, Kind, &'static str);

/// The phrases by their first words.
static BY_FIRST_WORD: LazyLock<HashMap<&str, Vec<Phrase>>> = LazyLock::new(|| {
    let all = PHRASES.iter().flat_map(|(kind, phrases)| phrases.iter().map(|phrase| (*kind, *phrase)));
    let mut by_word: HashMap<&str, Vec<Phrase>> = HashMap::new();
    for (place, (kind, phrase)) in all.enumerate() {
        by_word.entry(phrase.split(' ').next().unwrap_or_default()).or_default().push((place, kind, phrase));
    }
    by_word
});

/// What a column holds by the steps of its name: of any structure that it lies in, the outermost first.
pub(super) fn of_steps(steps: &[String]) -> Option<Kind> {
    steps.iter().find_map(|step| of(step))
}

/// What a column holds by its name.
pub(super) fn of(name: &str) -> Option<Kind> {
    let words = words(name);
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    if let [only] = all.as_slice() {
        let alone = ALONE.iter().find(|(_, word)| word == only).map(|(kind, _)| *kind);
        if alone.is_some() {
            return alone;
        }
    }
    let (_, kind, phrase) = (0..all.len()).flat_map(|at| phrases_at(&all[at..])).min_by_key(|(place, ..)| *place)?;
    let about = |word: Option<&&str>| {
        word.is_some_and(|word| ABOUT.contains(word) && !phrase.split(' ').any(|own| own == *word))
    };
    let dated = kind == Kind::Birth;
    let of_a_thing = kind == Kind::Address && all.iter().any(|word| OF_THINGS.contains(word));
    let is_about = !dated && (about(all.first()) || about(all.last()));
    (!is_about && !of_a_thing).then_some(kind)
}

/// Whether a name is one of persons and of things alike.
pub(super) fn is_bare(name: &str) -> bool {
    matches!(words(name).as_slice(), [only] if matches!(only.as_str(), "name" | "nombre"))
}

/// The phrases that some words begin with.
fn phrases_at(words: &[&str]) -> impl Iterator<Item = Phrase> {
    let known = words.first().and_then(|first| BY_FIRST_WORD.get(first)).map(Vec::as_slice).unwrap_or_default();
    known.iter().copied().filter(|(.., phrase)| {
        let mut words = words.iter();
        phrase.split(' ').all(|own| words.next() == Some(&own))
    })
}

/// The words of a name, without accents and in small letters: they end at what is no letter and no digit, and where a capital
/// follows a small letter. Digits at the end of a word number it, and are no part of it unless it is a word with them.
fn words(name: &str) -> Vec<String> {
    let plain: String = name.chars().take(LONGEST).nfd().filter(|c| !is_combining_mark(*c)).collect();
    let mut words: Vec<String> = vec![String::new()];
    let mut before = ' ';
    for c in plain.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    let known = |word: &str| BY_FIRST_WORD.get(word).is_some_and(|found| found.iter().any(|(.., own)| *own == word));
    for word in &mut words {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        if !bare.is_empty() && bare.len() < word.len() && !known(word) {
            *word = bare.to_owned();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_personal_data_are_known_in_both_languages_and_every_way_of_writing() {
        for (kind, names) in [
            (
                Kind::Email,
                "email correo Correo_Electrónico e-mail userEmail email2 EMAIL contacto.email correo_cliente",
            ),
            (Kind::Phone, "phone teléfono Telefono1 tel phone_number móvil movil celular telefonoContacto mobile"),
            (
                Kind::Name,
                "first_name lastName apellidos nombre_completo username nombre_cliente apellido1 customer_name",
            ),
            (Kind::Address, "address dirección domicilio calle shipping_address direccion_envio streetName"),
            (Kind::Identity, "dni NIF nie curp rfc cuit rut cpf ssn passport_number pasaporte dni_cliente"),
            (Kind::Account, "iban IBAN_cliente account_number numero_cuenta"),
            (Kind::Card, "card_number tarjeta numero_tarjeta pan cvv credit_card cardNumber"),
            (Kind::Birth, "birth_date fecha_nacimiento fecha_nac dob dateOfBirth birthday"),
            (Kind::Ip, "ip ip_address client_ip ipv4 remote_addr"),
            (Kind::Secret, "password contraseña secret token api_key apiKey access_token password_hash"),
        ] {
            for name in names.split(' ') {
                assert_eq!(of_steps(&crate::ir::name::steps(name)), Some(kind), "{name}");
            }
        }
    }

    #[test]
    fn names_of_other_things_are_not() {
        for name in "name nombre product_name nombre_producto file_name hostname email_verified is_phone card_type address_id \
            token_count tokens tipo_tarjeta direccion_viento web_address zip description shipment ship equipo script \
            campaign_name telemetry hotel panel pan_integral total precio estado cliente_id venta_id user_id id sku url \
            categoria marca stock runs routes carrito tarjeta_id email_sent_at phone_country ip_version total_tokens \
            mobile_app dispositivo_movil clave clave_producto fecha creado timestamp country ciudad"
            .split_whitespace()
        {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
