use std::sync::Arc;

use models::Random;
use object_store::{ClientOptions, aws::AmazonS3Builder};

use super::Blobs;
use crate::{Error, Result};

/// A bucket on S3, `MinIO` or another server that speaks S3.
#[derive(Clone)]
pub struct BucketSettings {
    pub bucket: String,
    /// `https://minio.school.example`; AWS itself when absent. From the operator alone: it may be a private address.
    pub endpoint: Option<String>,
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

impl Blobs {
    /// In a bucket, which must be there.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the settings are not usable. Whether the bucket answers shows at the first use.
    pub fn in_bucket(settings: &BucketSettings, random: Arc<dyn Random>) -> Result<Self> {
        let open = settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_client_options(ClientOptions::new().with_allow_http(open));
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let objects = builder.build().map_err(|error| Error::Conflict(format!("the bucket's settings: {error}")))?;
        Ok(Self::on(Arc::new(objects), random))
    }
}

/// The secret does not print.
impl std::fmt::Debug for BucketSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BucketSettings")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
