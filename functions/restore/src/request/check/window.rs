//! The weekly window in which RDS may maintain a DB instance.

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: usize = 24 * 60;
const WEEK: usize = DAYS.len() * DAY;

/// How long it is at least, in minutes.
const SHORTEST: usize = 30;

/// What is wrong with `window` (BC:rds.ModifyDBInstanceMessage.PreferredMaintenanceWindow).
///
/// Days are taken in either case: the model has them in lower case, and does not say that others
/// are refused.
pub(super) fn fault(window: &str) -> Option<String> {
    let ends = window.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
    let Some((from, to)) = ends else {
        let example = "such as `sun:03:00-sun:04:00` in UTC";
        return Some(format!("`{window}` is not of the form `ddd:hh24:mi-ddd:hh24:mi`, {example}"));
    };
    let length = (to + WEEK - from) % WEEK;
    (length < SHORTEST)
        .then(|| format!("`{window}` has {length} minutes, and needs at least {SHORTEST}"))
}

/// The minute of the week, from Monday's first, that `instant` names.
fn minute(instant: &str) -> Option<usize> {
    let [day, hour, minute]: [&str; 3] = instant.split(':').collect::<Vec<_>>().try_into().ok()?;
    let day = DAYS.iter().position(|it| it.eq_ignore_ascii_case(day))?;
    Some(day * DAY + number(hour, 24)? * 60 + number(minute, 60)?)
}

/// The number that two digits are, where it is less than `end`.
fn number(digits: &str, end: usize) -> Option<usize> {
    let two = digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_digit());
    digits.parse().ok().filter(|number| two && *number < end)
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_window_of_half_an_hour_or_more_is_one_whenever_in_the_week_it_begins() {
        for window in [
            "sun:03:00-sun:03:30",
            "Sun:03:00-Sun:04:00",
            "mon:23:50-tue:00:20",
            "sun:23:59-mon:00:29",
            "sat:00:00-fri:23:59",
        ] {
            assert_eq!(fault(window), None, "{window}");
        }
    }

    #[test]
    fn a_window_that_is_too_short_says_how_short() {
        for (window, minutes) in
            [("sun:03:00-sun:03:29", 29), ("sun:03:00-sun:03:00", 0), ("sun:23:59-mon:00:28", 29)]
        {
            let told = fault(window).unwrap();
            assert!(told.contains(&format!("has {minutes} minutes")), "{window}: {told}");
        }
    }

    #[test]
    fn what_is_no_window_is_told_its_form() {
        for window in [
            "",
            "sun:03:00",
            "sunday:03:00-sunday:04:00",
            "sun:3:00-sun:4:00",
            "sun:24:00-mon:01:00",
            "sun:03:60-sun:04:00",
            "sun:+3:00-sun:04:00",
            "sun:03:00:00-sun:04:00:00",
            "03:00-04:00",
            "sun:03:00-sun:04:00-mon:05:00",
        ] {
            let told = fault(window).unwrap_or_default();
            assert!(told.contains("ddd:hh24:mi-ddd:hh24:mi"), "{window}: {told}");
        }
    }
}
