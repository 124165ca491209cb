//! Keys like one that is not there.

/// Most that are named.
const MOST: usize = 5;

/// The keys that `key` was probably meant to be, likeliest first: those that contain it, then those a few letters away.
pub(super) fn near(key: &str, keys: &[String]) -> Vec<String> {
    if key.is_empty() {
        return Vec::new();
    }
    let wanted = key.to_lowercase();
    let far = (wanted.chars().count() / 8).max(2);
    let mut found: Vec<(usize, &String)> = keys
        .iter()
        .filter_map(|known| {
            let lower = known.to_lowercase();
            if lower.contains(&wanted) {
                return Some((0, known));
            }
            let distance = distance(&wanted, &lower);
            (distance <= far).then_some((distance, known))
        })
        .collect();
    // equally near: in the order they were journaled
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(MOST).map(|(_, known)| known.clone()).collect()
}

/// Letters to put in, take out or change (Levenshtein) to make `a` a beginning of `b`: keys end in what tells twins apart.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row.into_iter().min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let keys: Vec<String> = [
            "genesis/deploy/Controller@0-f39fd6e5",
            "genesis/deploy/Minter",
            "distro/crowd/0..64",
            "distro/crowd/64..128",
        ]
        .map(str::to_owned)
        .to_vec();
        assert_eq!(near("genesis/deploy/Controler", &keys), ["genesis/deploy/Controller@0-f39fd6e5"]);
        assert_eq!(near("GENESIS/DEPLOY/MINTER", &keys), ["genesis/deploy/Minter"]);
        assert_eq!(near("crowd", &keys), ["distro/crowd/0..64", "distro/crowd/64..128"]);
        assert_eq!(near("keeper/round/7", &keys), Vec::<String>::new());
        assert_eq!(near("", &keys), Vec::<String>::new());
    }

    #[test]
    fn letters_are_counted() {
        assert_eq!(distance("", "abc"), 0);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("kitten", "sitting"), 2, "without its last letter");
        assert_eq!(distance("same", "same as ever"), 0);
        assert_eq!(distance("smae", "same as ever"), 2);
    }
}
