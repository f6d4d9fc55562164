//! Files that lie beside Tempo's data and hold no spans (Tempo, `tempodb/backend/raw.go`; the documentation's page on the block format).
//! Border: names and neighbours, not content: which is why a file is only taken for a companion where the data that it accompanies is there.

use std::path::Path;

use super::meta;
use super::wal;

/// In the name of the file where the traces of a block lie: `data.parquet`, perhaps compressed or renamed since.
const DATA: &str = ".parquet";

/// Other files of a block's folder; its bloom filters are called `bloom-0` and so on.
const OF_BLOCK: [&str; 3] = ["index", "nocompact.flg", "flushed"];

/// Lists of a tenant's blocks, beside their folders.
const OF_TENANT: [&str; 3] = ["index.json.gz", "index.pb.zst", "blockindex.json.gz"];

/// Lies at the top of a bucket: an id and a date.
const OF_CLUSTER: &str = "tempo_cluster_seed.json";

/// Whether a file belongs to a block and holds no spans itself: bloom filters, index, `meta.json`, an empty write-ahead file.
pub fn is_companion(path: &Path) -> bool {
    let (Some(name), Some(folder)) = (path.file_name().and_then(|n| n.to_str()), path.parent()) else { return false };
    if name == OF_CLUSTER {
        return true;
    }
    if OF_TENANT.contains(&name) {
        return holds_blocks(folder);
    }
    if meta::NAMES.contains(&name) {
        let of_block = has(folder, |file| if wal::folder(folder).is_some() { wal::is_page(file) } else { is_data(file) });
        return of_block && meta::is_one(path);
    }
    if wal::folder(folder).is_some() {
        return wal::is_page(name) && path.metadata().is_ok_and(|m| m.is_file() && m.len() == 0);
    }
    let of_block = OF_BLOCK.contains(&name) || name.strip_prefix("bloom-").is_some_and(is_number);
    of_block && has(folder, is_data)
}

fn is_data(name: &str) -> bool {
    name.contains(DATA)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a folder has a file of such a name.
fn has(folder: &Path, wanted: impl Fn(&str) -> bool) -> bool {
    folder.read_dir().is_ok_and(|mut entries| entries.any(|e| e.is_ok_and(|e| e.file_name().to_str().is_some_and(&wanted))))
}

/// Whether a folder holds the folder of a block.
fn holds_blocks(folder: &Path) -> bool {
    let is_block = |path: &Path| meta::NAMES.iter().any(|name| path.join(name).is_file());
    folder.read_dir().is_ok_and(|mut entries| entries.any(|e| e.is_ok_and(|e| is_block(&e.path()))))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn companions_are_known_by_their_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let tenant = folder.path().join("single-tenant");
        let block = tenant.join("8d52d9b0-0ac9-47a1-8896-37f34ef4f2eb");
        let lone = folder.path().join("elsewhere");
        let wal = folder.path().join("dc63d2e2-e08a-446e-abb8-a51540829f2d+single-tenant+vParquet5");
        let lone_wal = folder.path().join("00000000-e08a-446e-abb8-a51540829f2d+single-tenant+vParquet5");
        for path in [&block, &lone, &wal, &lone_wal] {
            fs::create_dir_all(path).unwrap();
            for name in ["meta.json", "index", "bloom-0", "bloom-12", "notes.txt"] {
                fs::write(path.join(name), r#"{"format":"vParquet4"}"#).unwrap();
            }
        }
        fs::write(block.join("data.parquet"), "PAR1").unwrap();
        fs::write(wal.join("0000000001"), "PAR1").unwrap();
        fs::write(wal.join("0000000002"), "").unwrap();
        for name in ["index.json.gz", "index.pb.zst"] {
            fs::write(tenant.join(name), "").unwrap();
            fs::write(lone.join(name), "").unwrap();
        }
        let foreign = folder.path().join("foreign");
        fs::create_dir_all(&foreign).unwrap();
        fs::write(foreign.join("meta.json"), r#"{"title":"numbers"}"#).unwrap();
        fs::write(foreign.join("numbers.parquet"), "PAR1").unwrap();
        let names = |folder: &Path| {
            let mut names: Vec<String> = fs::read_dir(folder)
                .unwrap()
                .map(|e| e.unwrap().path())
                .filter(|p| is_companion(p))
                .map(|p| p.file_name().unwrap().to_str().unwrap().to_owned())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(&block), ["bloom-0", "bloom-12", "index", "meta.json"]);
        assert_eq!(names(&wal), ["0000000002", "meta.json"]);
        assert_eq!(names(&tenant), ["index.json.gz", "index.pb.zst"]);
        assert!(names(&lone).is_empty() && names(&lone_wal).is_empty() && names(&foreign).is_empty());
        fs::rename(block.join("data.parquet"), block.join("data.parquet.gz")).unwrap();
        assert_eq!(names(&block).len(), 4);
        assert!(is_companion(Path::new("bucket/tempo_cluster_seed.json")));
    }
}
