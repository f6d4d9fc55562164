//! A place in a store: what a URL names, and the client that asks. Border: names, requests and their errors; what is asked for is others' business.

use std::future::Future;
use std::io::Write;
use std::path::Path as FilePath;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::buffered::BufWriter;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt, ObjectStoreScheme, PutMode, PutOptions, RetryConfig};
use tokio::runtime::{Builder, Runtime};
use tracemill_model::lake::StoreError;
use url::Url;

use crate::RemoteError;

/// A larger file is sent in pieces of this size, smaller ones with one request.
const PIECE: usize = 8 << 20;

/// Whether something typed names a place in a store, and no file.
pub fn is_url(typed: &str) -> bool {
    ["s3://", "s3a://", "gs://", "az://", "azure://", "abfs://", "abfss://", "file://"].iter().any(|scheme| typed.starts_with(scheme))
}

/// A place, and who asks there.
#[derive(Debug, Clone)]
pub struct Place {
    url: String,
    store: Arc<dyn ObjectStore>,
    root: Path,
    is_folder: bool,
}

impl Place {
    /// What a URL names, asked with what the environment says.
    pub fn of(typed: &str) -> Result<Place, RemoteError> {
        let wrong = |reason: String| RemoteError::Name { url: typed.to_owned(), reason };
        let url = Url::parse(typed).map_err(|e| wrong(e.to_string()))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("a name has no ? and no #".to_owned()));
        }
        let (scheme, root) = ObjectStoreScheme::parse(&url).map_err(|e| wrong(e.to_string()))?;
        let environment = |e: Error| RemoteError::Environment { url: typed.to_owned(), reason: told(&e) };
        // a name that the store's path would say otherwise is none
        let _ = Path::parse(root.as_ref()).map_err(|e| wrong(e.to_string()))?;
        let retry = RetryConfig { max_retries: 8, retry_timeout: Duration::from_secs(120), ..RetryConfig::default() };
        let is_folder = matches!(scheme, ObjectStoreScheme::Local);
        let store: Arc<dyn ObjectStore> = match scheme {
            ObjectStoreScheme::AmazonS3 => Arc::new(AmazonS3Builder::from_env().with_url(typed).with_retry(retry).build().map_err(environment)?),
            ObjectStoreScheme::GoogleCloudStorage => {
                Arc::new(GoogleCloudStorageBuilder::from_env().with_url(typed).with_retry(retry).build().map_err(environment)?)
            }
            ObjectStoreScheme::MicrosoftAzure => {
                Arc::new(MicrosoftAzureBuilder::from_env().with_url(typed).with_retry(retry).build().map_err(environment)?)
            }
            ObjectStoreScheme::Local => Arc::new(LocalFileSystem::new()),
            _ => return Err(wrong("no store of a known kind".to_owned())),
        };
        Ok(Place { url: typed.trim_end_matches('/').to_owned(), store, root, is_folder })
    }

    /// As it was typed, without a last slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path of an object below it.
    fn path(&self, name: &str) -> Path {
        let below = Path::parse(name).unwrap_or_else(|_| Path::from(name));
        Path::from_iter(self.root.parts().chain(below.parts()))
    }

    /// The name below it of what has this path.
    fn name(&self, path: &Path) -> Option<String> {
        path.prefix_match(&self.root).map(|parts| parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/"))
    }

    fn fault(&self, name: &str) -> impl Fn(Error) -> StoreError + use<> {
        let url = if name.is_empty() { self.url.clone() } else { format!("{}/{name}", self.url) };
        move |e| StoreError { url: url.clone(), reason: told(&e) }
    }

    /// All objects below a folder, by name.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, ObjectMeta)>, StoreError> {
        let prefix = self.path(folder);
        let all = run(self.store.list(Some(&prefix)).try_collect::<Vec<_>>());
        let mut found: Vec<_> = match all {
            Ok(all) => all.into_iter().filter_map(|meta| Some((self.name(&meta.location)?, meta))).filter(|(name, _)| !name.is_empty()).collect(),
            Err(Error::NotFound { .. }) => Vec::new(),
            Err(e) => return Err(self.fault(folder)(e)),
        };
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// The objects right in it, none in folders below.
    pub fn beside(&self) -> Result<Vec<(String, ObjectMeta)>, StoreError> {
        let listed = run(self.store.list_with_delimiter(Some(&self.root))).map_err(self.fault(""))?;
        Ok(listed.objects.into_iter().filter_map(|meta| Some((self.name(&meta.location)?, meta))).collect())
    }

    /// Makes what was written to a folder last, and a key its owner's only; a store sees to that itself.
    fn keep(&self, name: &str) -> Result<(), StoreError> {
        if !self.is_folder || cfg!(not(unix)) {
            return Ok(());
        }
        let path = FilePath::new("/").join(self.path(name).as_ref());
        let kept = std::fs::File::open(&path).and_then(|file| {
            #[cfg(unix)]
            if name == "_tracemill/key" {
                file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
            }
            file.sync_all()?;
            path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
        });
        kept.map_err(|e| StoreError { url: path.display().to_string(), reason: e.to_string() })
    }

    /// What is known of the object that the place itself names, if it names one.
    pub fn itself(&self) -> Result<Option<ObjectMeta>, StoreError> {
        match run(self.store.head(&self.root)) {
            Ok(meta) => Ok(Some(meta)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(self.fault("")(e)),
        }
    }

    /// An object's bytes, if it is there; it may have so many at most.
    pub fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut bytes = Vec::new();
        let found = self.stream(name, most, &mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(found.then_some(bytes))
    }

    /// Brings an object to a file; it may have so many bytes at most.
    pub fn fetch(&self, name: &str, to: &FilePath, most: u64) -> Result<bool, StoreError> {
        let mut file = None;
        let found = self.stream(name, most, &mut |piece| {
            let file = match &mut file {
                Some(file) => file,
                None => file.insert(std::fs::File::create(to)?),
            };
            file.write_all(piece)
        })?;
        // an empty one comes in no piece
        if found && file.is_none() {
            let _ = std::fs::File::create(to).map_err(|e| StoreError { url: to.display().to_string(), reason: e.to_string() })?;
        }
        Ok(found)
    }

    fn stream(&self, name: &str, most: u64, take: &mut dyn FnMut(&[u8]) -> std::io::Result<()>) -> Result<bool, StoreError> {
        run(async {
            let mut stream = match self.store.get(&self.path(name)).await {
                Ok(found) => found.into_stream(),
                Err(Error::NotFound { .. }) => return Ok(false),
                Err(e) => return Err(self.fault(name)(e)),
            };
            let told = |reason: String| StoreError { url: format!("{}/{name}", self.url), reason };
            let mut read = 0;
            while let Some(bytes) = stream.next().await {
                let bytes = bytes.map_err(self.fault(name))?;
                read += bytes.len() as u64;
                if read > most {
                    return Err(told(format!("more than the {most} bytes that it may have")));
                }
                take(&bytes).map_err(|e| told(format!("cannot be written here: {e}")))?;
            }
            Ok(true)
        })
    }

    /// Writes an object; gives whether it did, which with `create` is not so where there is one.
    pub fn write(&self, name: &str, bytes: &[u8], create: bool) -> Result<bool, StoreError> {
        let mode = if create { PutMode::Create } else { PutMode::Overwrite };
        let options = PutOptions { mode, ..PutOptions::default() };
        match run(self.store.put_opts(&self.path(name), bytes.to_vec().into(), options)) {
            Ok(_) => self.keep(name).map(|()| true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) if create => Ok(false),
            Err(e) => Err(self.fault(name)(e)),
        }
    }

    /// Sends a file.
    pub fn send(&self, name: &str, from: &FilePath) -> Result<(), StoreError> {
        let io = |e: std::io::Error| StoreError { url: from.display().to_string(), reason: e.to_string() };
        let mut file = std::fs::File::open(from).map_err(io)?;
        let mut writer = BufWriter::with_capacity(Arc::clone(&self.store), self.path(name), PIECE);
        let mut buffer = vec![0; PIECE.min(usize::try_from(file.metadata().map_err(io)?.len()).unwrap_or(PIECE)).max(1)];
        loop {
            let read = std::io::Read::read(&mut file, &mut buffer).map_err(io)?;
            if read == 0 {
                break;
            }
            run(writer.put(buffer[..read].to_vec().into())).map_err(self.fault(name))?;
        }
        run(async { tokio::io::AsyncWriteExt::shutdown(&mut writer).await })
            .map_err(|e| StoreError { url: format!("{}/{name}", self.url), reason: e.to_string() })?;
        self.keep(name)
    }

    /// Removes objects; those that are gone are gone.
    pub fn remove(&self, names: &[String]) -> Result<(), StoreError> {
        let paths = futures_util::stream::iter(names.iter().map(|name| Ok(self.path(name))).collect::<Vec<_>>()).boxed();
        let removed = run(self.store.delete_stream(paths).collect::<Vec<_>>());
        for result in removed {
            match result {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(e) => return Err(self.fault("")(e)),
            }
        }
        Ok(())
    }
}

/// What an error says, without the words around it and without the request's whole answer.
fn told(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = inner.source();
    }
    let line: Vec<&str> = text.split_whitespace().collect();
    let mut line = line.join(" ");
    if let Some((at, _)) = line.char_indices().nth(600) {
        line.truncate(at);
        line.push('…');
    }
    line
}

/// Waits for an answer. The threads that do the waiting are made with the first question.
fn run<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    // without threads of its own there is nothing that could be done
    #[allow(clippy::expect_used)]
    let runtime = RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).thread_name("store").enable_all().build().expect("threads"));
    runtime.block_on(future)
}
