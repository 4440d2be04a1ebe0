//! Files in, files out: what is refused, and how times come out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use healthcode_trace::{Policy, Summary, TraceFault, run};

const CASES: &str = "person,infectious_from,infectious_until\ncase,0,1000000\n";
const HEADER: &str = "case,person,place,first_at,last_at,minutes,level\n";

fn trace(visits: &str, cases: &str, cap: Option<u32>) -> Result<(String, Summary), TraceFault> {
    let policy = Policy::built_in("place-15min-sum-24h").unwrap();
    let mut out = Vec::new();
    let summary = run(visits.as_bytes(), cases.as_bytes(), &policy, cap, &mut out)?;
    Ok((String::from_utf8(out).unwrap(), summary))
}

/// The rows of the result, without the header.
fn contacts(visits: &str, cases: &str) -> Vec<String> {
    let (text, summary) = trace(visits, cases, None).unwrap();
    let rows = text.strip_prefix(HEADER).expect("the header comes first");
    assert_eq!(rows.lines().count() as u64, summary.rows);
    rows.lines().map(str::to_owned).collect()
}

/// The code and the words of the fault in a file of visits.
#[track_caller]
fn refused(visits: &str, code: &str, words: &str) {
    let fault = trace(visits, CASES, None).expect_err("the visits were accepted");
    assert_eq!(fault.code(), code, "{fault}");
    assert!(fault.to_string().contains(words), "{fault}");
}

#[test]
fn columns_may_come_in_any_order_after_a_byte_order_mark() {
    let visits =
        "\u{feff}left_at,grade,person,entered_at,place\r\n900,poster,case,0,hall\r\n\r\n1000,,p,0,hall\r\n";
    assert_eq!(contacts(visits, CASES), ["case,p,hall,0,900,15,close"]);
}

#[test]
fn a_last_line_without_an_end_and_a_file_without_rows_are_read() {
    let visits = "person,place,entered_at,left_at\ncase,hall,0,900\np,hall,0,900";
    assert_eq!(contacts(visits, CASES).len(), 1);
    let (text, summary) = trace("person,place,entered_at,left_at\n", CASES, None).unwrap();
    assert_eq!((text.as_str(), summary.visits, summary.cases), (HEADER, 0, 1));
}

#[test]
fn a_header_must_name_every_column_and_no_other() {
    refused("", "trace_no_header", "visits, line 1: the column names are missing");
    refused("person,place,entered_at\n", "trace_missing_column", "left_at");
    refused("person,place,entered_at,left_at,room\n", "trace_unknown_column", "\"room\"");
    refused("person,place,entered_at,left_at,Grade\n", "trace_unknown_column", "\"Grade\"");
    refused("person,place,person,entered_at,left_at\n", "trace_repeated_column", "person");
    refused("case,hall,0,900\n", "trace_unknown_column", "\"case\"");
}

#[test]
fn a_bad_field_is_named_by_line_and_column() {
    let row = |row: &str| format!("person,place,entered_at,left_at,grade\ncase,hall,0,900,\n{row}\n");
    refused(&row("p,hall,0,900,seen"), "trace_bad_grade", "visits, line 3, column grade: \"seen\"");
    refused(&row("p,hall,0,900,Poster"), "trace_bad_grade", "line 3");
    refused(&row(",hall,0,900,"), "trace_bad_id", "line 3, column person");
    refused(&row(&format!("p,{},0,900,", "h".repeat(65))), "trace_bad_id", "column place");
    refused(&row("p\u{1},hall,0,900,"), "trace_bad_id", "column person");
    refused(&row("p,hall,2020-02-11,900,"), "trace_bad_time", "column entered_at: \"2020-02-11\"");
    refused(&row("p,hall,0,1581382800000,"), "trace_bad_time", "column left_at");
    let seated = |seat: &str| {
        format!("person,place,entered_at,left_at,seat\ncase,hall,0,900,r1\np,hall,0,900,{seat}\n")
    };
    refused(&seated("12A"), "trace_bad_seat", "visits, line 3, column seat: \"12A\" is no seat; write");
    refused(&seated("r13/crew"), "trace_bad_seat", "line 3");
    refused(&row("p,hall,900,900,"), "trace_end_not_after_start", "line 3, column left_at: \"900\"");
    refused(
        &row("p,hall,2020-02-11T10:00:00+08:00,2020-02-11T02:00:00Z,"),
        "trace_end_not_after_start",
        "line 3",
    );
}

#[test]
fn visits_far_from_every_window_are_checked_all_the_same() {
    let visits = "person,place,entered_at,left_at\n,hall,2000000,2000001\n";
    refused(visits, "trace_bad_id", "line 2, column person");
    refused(
        "person,place,entered_at,left_at\np,hall,2000000,1999999\n",
        "trace_end_not_after_start",
        "line 2",
    );
}

#[test]
fn a_line_that_is_no_row_is_refused() {
    let row = |row: &str| format!("person,place,entered_at,left_at\n{row}\n");
    refused(&row("p,hall,0"), "trace_wrong_number_of_fields", "line 2: the line has 3 fields, the header 4");
    refused(&row("p,hall,0,900,"), "trace_wrong_number_of_fields", "5 fields");
    refused(&row("\"p,hall,0,900"), "trace_bad_quotes", "line 2");
    refused(&row(&"p".repeat(5_000)), "trace_line_too_long", "4096 bytes");
    let policy = Policy::built_in("place-15min-sum-24h").unwrap();
    let latin = b"person,place,entered_at,left_at\nJ\xFCrgen,hall,0,900\n";
    let fault = run(&latin[..], CASES.as_bytes(), &policy, None, Vec::new()).unwrap_err();
    assert_eq!(fault.code(), "trace_not_utf8");
}

/// Some megabytes, so that several threads read several blocks; every seventh line is quoted or empty.
fn many_rows(bad: &[usize]) -> String {
    let mut visits = String::from("person,place,entered_at,left_at\ncase,hall-3,0,1000000\n");
    for n in 2..90_000 {
        visits += &match n % 7 {
            _ if bad.contains(&(n + 1)) => format!("p{n},hall-3,never,900\n"),
            0 => "\r\n".to_owned(),
            1 => format!("\"p{n}\",\"hall-{}\",{n},{}\n", n % 5, n + 900),
            _ => format!("p{n},hall-{},{n},{}\r\n", n % 5, n + 900),
        };
    }
    visits
}

#[test]
fn a_file_of_many_blocks_is_read_as_if_by_one() {
    let (text, summary) = trace(&many_rows(&[]), CASES, None).unwrap();
    let at_hall = (2..90_000).filter(|n| n % 7 != 0 && n % 5 == 3).count() as u64;
    assert_eq!((summary.contacts, summary.rows), (at_hall, at_hall));
    assert!(text.contains("case,p89998,hall-3,89998,90898,15,close\n"));
    for bad in [&[3][..], &[89_000], &[60_001, 89_999], &[20_000, 20_001, 70_000]] {
        let fault = trace(&many_rows(bad), CASES, None).unwrap_err().to_string();
        assert!(fault.starts_with(&format!("visits, line {}, column entered_at", bad[0])), "{fault}");
    }
}

#[test]
fn bad_cases_are_refused_by_name() {
    let visits = "person,place,entered_at,left_at\n";
    for (cases, words) in [
        ("person,infectious_from\n", "cases, line 1: the column infectious_until is missing"),
        ("person,infectious_from,infectious_until,grade\n", "\"grade\""),
        ("person,infectious_from,infectious_until\np,5,5\n", "cases, line 2, column infectious_until"),
        ("person,infectious_from,infectious_until\np,soon,5\n", "cases, line 2, column infectious_from"),
    ] {
        let fault = trace(visits, cases, None).unwrap_err().to_string();
        assert!(fault.contains(words), "{fault}");
    }
}

#[test]
fn a_refused_file_has_printed_nothing() {
    let policy = Policy::built_in("place-15min-sum-24h").unwrap();
    let mut out = Vec::new();
    let visits = "person,place,entered_at,left_at\ncase,hall,0,900\np,hall,0,900\np,hall,x,900\n";
    assert!(run(visits.as_bytes(), CASES.as_bytes(), &policy, None, &mut out).is_err());
    assert_eq!(out, b"");
}

#[test]
fn times_come_out_in_the_form_of_the_visit_whose_bound_they_are() {
    let visits = "person,place,entered_at,left_at\n\
        case,hall,2020-02-11T09:00:00+08:00,2020-02-11T10:00:00+08:00\n\
        p,hall,2020-02-11T01:10:00Z,2020-02-11T03:00:00Z\n\
        q,hall,1581380000,1581386401\n\
        r,hall,2020-02-11T01:00:00.500Z,2020-02-11T02:00:00.000Z\n";
    let cases = "person,infectious_from,infectious_until\ncase,1581300000,1581400000\n";
    assert_eq!(
        contacts(visits, cases),
        [
            "case,p,hall,2020-02-11T01:10:00Z,2020-02-11T10:00:00+08:00,50,close",
            "case,q,hall,2020-02-11T09:00:00+08:00,2020-02-11T10:00:00+08:00,60,close",
            "case,r,hall,2020-02-11T01:00:00.500Z,2020-02-11T10:00:00+08:00,59,close",
        ]
    );
}

#[test]
fn a_bound_that_the_window_cuts_is_written_like_the_case_s_visit() {
    let visits = "person,place,entered_at,left_at\ncase,hall,0,9000\np,hall,1970-01-01T00:00:00Z,1970-01-01T02:30:00Z\n";
    let cases =
        "person,infectious_from,infectious_until\ncase,1970-01-01T08:01:00+08:00,1970-01-01T09:00:00+08:00\n";
    assert_eq!(contacts(visits, cases), ["case,p,hall,60,3600,59,close"]);
}

#[test]
fn ids_with_commas_and_quotation_marks_come_out_as_they_went_in() {
    let visits =
        "person,place,entered_at,left_at\ncase,\"hall, \"\"A\"\"\",0,900\n人,\"hall, \"\"A\"\"\",0,900\n";
    assert_eq!(contacts(visits, CASES), ["case,人,\"hall, \"\"A\"\"\",0,900,15,close"]);
}

#[test]
fn the_result_is_in_byte_order_whatever_the_order_of_the_input() {
    let visits =
        "person,place,entered_at,left_at\nb,z,0,900\nb,y,0,900\nB,z,0,900\nä,z,0,900\na,z,0,900\na,y,0,900\n";
    let cases = "person,infectious_from,infectious_until\nb,0,1000\na,0,1000\n";
    let pairs: Vec<String> =
        contacts(visits, cases).iter().map(|row| row[..row.len() - 15].to_owned()).collect();
    assert_eq!(pairs, ["a,B,z", "a,b,y", "a,b,z", "a,ä,z", "b,B,z", "b,a,y", "b,a,z", "b,ä,z"]);
}

#[test]
fn a_capped_place_has_no_rows_and_is_listed() {
    let mut visits = String::from("person,place,entered_at,left_at\ncase,mall,0,900\ncase,hall,2000,2900\n");
    for n in 0..5 {
        visits += &format!("p{n},mall,0,900\n");
    }
    visits += "p0,hall,2000,2900\n";
    let (text, summary) = trace(&visits, CASES, Some(4)).unwrap();
    assert_eq!(text, format!("{HEADER}case,p0,hall,2000,2900,15,close\n"));
    assert_eq!((summary.contacts, summary.rows, summary.visits, summary.cases), (1, 1, 8, 1));
    let capped: Vec<_> =
        summary.capped.iter().map(|c| (c.case.as_str(), c.place.as_str(), c.people)).collect();
    assert_eq!(capped, [("case", "mall", 5)]);
    assert_eq!(trace(&visits, CASES, Some(5)).unwrap().1.rows, 6, "as many as the cap are not too many");
    assert_eq!(trace(&visits, CASES, None).unwrap().1.capped, []);
}
