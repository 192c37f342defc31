use crate::bar::MeasureError;

/// What this process holds in memory.
pub(crate) fn resident_bytes() -> Result<u64, MeasureError> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    let pages = pages.ok_or_else(|| MeasureError::Wrong("the kernel does not say what is resident".to_owned()))?;
    Ok(pages * rustix::param::page_size() as u64)
}
