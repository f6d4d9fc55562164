//! How the C library's allocator is set up. Border: nothing is allocated to be used here.

use std::hint::black_box;

/// glibc's limit for the size from which it maps each block of memory by itself (`mallopt(3)`, `DEFAULT_MMAP_THRESHOLD_MAX`).
const LARGEST: usize = 32 << 20;

/// Makes glibc keep memory that is given back for the next one who asks. It maps blocks above 128 KiB from the kernel and unmaps them again, so that
/// pages of Parquet and columns, of a megabyte each, are zeroed and faulted in anew every time: a fifth of an ingest. A mapped block that is
/// freed raises the limit to its own size, and that from which free memory goes back to twice as much (`mallopt(3)`, `M_MMAP_THRESHOLD`).
/// Other allocators are not changed by it; nothing is touched, so that nothing is used.
pub fn keep() {
    drop(black_box(Vec::<u8>::with_capacity(LARGEST - (64 << 10))));
}
