//! Compaction-aware readers of the four topics.
