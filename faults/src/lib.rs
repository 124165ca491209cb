//! The fault campaign: every fault of the list is injected, and what came of it is counted.
