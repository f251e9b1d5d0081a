//! Stores of objects, opened with the credentials of the environment.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};

use crate::engine::remote::address::{Place, Service};
use crate::engine::remote::error::hint;
use crate::engine::remote::{Error, Settings, client_options, retry};

/// Opens the store that keeps a bucket.
///
/// # Errors
/// If the environment does not say enough, or contradicts itself.
pub(super) fn open(place: &Place, settings: &Settings) -> Result<Arc<dyn ObjectStore>, Error> {
    // The text of such an error may hold what was given for a key.
    let wrong = |_: object_store::Error| {
        Error::wrong(&format!("what the environment says of it cannot be used; {}", hint(place.service)))
    };
    Ok(match place.service {
        Service::S3 => Arc::new(s3(place, settings).map_err(wrong)?),
        Service::Google => Arc::new(google(place, settings).build().map_err(wrong)?),
        Service::Azure => Arc::new(azure(place, settings).build().map_err(wrong)?),
    })
}

fn s3(place: &Place, settings: &Settings) -> object_store::Result<object_store::aws::AmazonS3> {
    let builder = |retries: u32| {
        let mut builder =
            AmazonS3Builder::new().with_client_options(client_options()).with_retry(retry::config(retries));
        for (name, value) in given(settings, "AWS_") {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        // As with the vendor's tools, an endpoint says by its scheme whether it is encrypted.
        let https = !given(settings, "AWS_ENDPOINT").any(|(_, value)| value.starts_with("http://"));
        builder = builder.with_allow_http(!https || is_on(settings, "AWS_ALLOW_HTTP"));
        builder.with_bucket_name(&place.bucket)
    };
    // Where there are no credentials the machine is asked for some; one that is not in a cloud does not answer for long.
    let credentials = Arc::clone(builder(settings.retries.min(1)).build()?.credentials());
    builder(settings.retries).with_credentials(credentials).build()
}

fn google(place: &Place, settings: &Settings) -> GoogleCloudStorageBuilder {
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_client_options(client_options())
        .with_retry(retry::config(settings.retries));
    for (name, value) in given(settings, "GOOGLE_") {
        if let Ok(key) = name.to_ascii_lowercase().parse::<GoogleConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(host) = settings.environment.get("STORAGE_EMULATOR_HOST") {
        let url = if host.contains("://") { host.clone() } else { format!("http://{host}") };
        builder =
            builder.with_config(GoogleConfigKey::BaseUrl, url).with_config(GoogleConfigKey::SkipSignature, "true");
    }
    builder.with_bucket_name(&place.bucket)
}

fn azure(place: &Place, settings: &Settings) -> MicrosoftAzureBuilder {
    let mut builder =
        MicrosoftAzureBuilder::new().with_client_options(client_options()).with_retry(retry::config(settings.retries));
    let own = given(settings, "AZURE_").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let text = settings.environment.get("AZURE_STORAGE_CONNECTION_STRING").map(String::as_str);
    let mut told: Vec<(String, String)> = text.map(connection_string).unwrap_or_default();
    told.extend(own);
    let mut known = false;
    for (name, value) in told {
        let name = match name.as_str() {
            // As the vendor's tool calls them.
            "azure_storage_account" => "azure_storage_account_name",
            "azure_storage_key" => "azure_storage_account_key",
            name => name,
        };
        if let Ok(key) = name.parse::<AzureConfigKey>() {
            known |= !matches!(key, AzureConfigKey::AccountName | AzureConfigKey::Endpoint | AzureConfigKey::Client(_));
            if key == AzureConfigKey::Endpoint && value.starts_with("http://") {
                builder = builder.with_allow_http(true);
            }
            builder = builder.with_config(key, value);
        }
    }
    if let Some(account) = &place.account {
        builder = builder.with_account(account);
        // Without credentials there is only what everybody may read.
        if !known {
            builder = builder.with_skip_signature(true);
        }
    }
    builder.with_container_name(&place.bucket)
}

/// What a connection string says: `AccountName=…;AccountKey=…;BlobEndpoint=…`.
fn connection_string(text: &str) -> Vec<(String, String)> {
    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    pairs
        .filter_map(|(name, value)| {
            let name = match name.trim() {
                "AccountName" => "azure_storage_account_name",
                "AccountKey" => "azure_storage_account_key",
                "SharedAccessSignature" => "azure_storage_sas_token",
                "BlobEndpoint" => "azure_storage_endpoint",
                _ => return None,
            };
            Some((name.to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// The variables whose names begin so, and have a value.
fn given<'s>(settings: &'s Settings, start: &'s str) -> impl Iterator<Item = (&'s str, &'s str)> {
    let all = settings.environment.iter().filter(move |(name, value)| name.starts_with(start) && !value.is_empty());
    all.map(|(name, value)| (name.as_str(), value.as_str()))
}

fn is_on(settings: &Settings, name: &str) -> bool {
    let value = settings.environment.get(name).map(|value| value.to_ascii_lowercase());
    value.is_some_and(|value| matches!(value.as_str(), "1" | "true" | "yes" | "on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_string_is_taken_apart() {
        let told = connection_string("AccountName=a;AccountKey=k==;EndpointSuffix=x;BlobEndpoint=http://h/a;");
        let told: Vec<String> = told.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let wanted =
            ["azure_storage_account_name=a", "azure_storage_account_key=k==", "azure_storage_endpoint=http://h/a"];
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_variable_is_on_by_its_word() {
        let environment = [("AWS_ALLOW_HTTP".to_owned(), "True".to_owned())].into();
        let settings = Settings { environment, ..Settings::default() };
        assert!(is_on(&settings, "AWS_ALLOW_HTTP") && !is_on(&settings, "AWS_X"));
        assert_eq!(given(&settings, "AWS_").count(), 1);
    }
}
