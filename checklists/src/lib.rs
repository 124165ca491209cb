//! The checklists and the engine that ticks them with evidence.
