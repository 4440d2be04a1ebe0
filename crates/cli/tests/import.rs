//! `healthcode import` as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::{Ran, Room, root};
use serde_json::Value;
use std::io::Write;

fn import(content: impl AsRef<[u8]>, kind: &str, more: &[&str]) -> (Room, Ran) {
    let room = Room::new();
    room.write("in.csv", content);
    let ran = room.run(&[&["import", kind, "in.csv"], more].concat());
    (room, ran)
}

/// Imports with `--out`, and gives the evidence.
fn evidence(content: impl AsRef<[u8]>, kind: &str, more: &[&str]) -> (Vec<Value>, String) {
    let (room, ran) = import(content, kind, &[&["--out", "e.jsonl"], more].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    (room.read("e.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ran.out)
}

fn last_line(ran: &Ran) -> &str {
    ran.out.lines().last().unwrap_or(&ran.err)
}

#[test]
fn every_row_of_a_real_line_list_is_accounted_for() {
    let path = root().join("../shared/data/tianjin/cases.csv");
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there, the real line list was not read", path.display());
        return;
    }
    let room = Room::new();
    let path = path.display().to_string();
    let dry = room.run(&["import", "linelist", &path, "--dry-run"]);
    assert_eq!(last_line(&dry), "read 135 = stored 135 + refused 0 + skipped 0", "{}", dry.err);
    assert!(dry.out.contains("sources not understood"), "{}", dry.out);
    let ran = room.run(&["import", "linelist", &path, "--out", "e.jsonl"]);
    assert_eq!(last_line(&ran), last_line(&dry));
    let rows: Vec<Value> =
        room.read("e.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().filter(|row| row["kind"] == "case_status").count(), 135);
    let first = rows.iter().find(|row| row["id"] == "linelist-TJ1-case").unwrap();
    assert_eq!(first["happened_at"], "2020-01-20T16:00:00Z", "midnight of the 21st in Shanghai");
    assert_eq!(first["data"]["onset_at"], "2020-01-13T16:00:00Z");
    let stay = rows.iter().find(|row| row["id"] == "linelist-TJ1-stay-1").unwrap();
    assert_eq!(stay["data"]["region"], "420100");
    assert_eq!(stay["data"]["from"], "2020-01-04T16:00:00Z");
    let decided = room.run(&[
        "decide",
        "--rules",
        &common::rules(),
        "--evidence",
        "e.jsonl",
        "--at",
        "2020-03-01T00:00:00+08:00",
    ]);
    assert_eq!((decided.status, decided.out.lines().count()), (0, 135), "{}", decided.err);
}

#[test]
fn headings_are_known_in_english_and_chinese_and_the_rest_is_listed() {
    for text in [
        "Case No.,Date of confirmation,Onset_Date,Age\n7,2020-01-21,2020-01-14,59\n",
        "编号;确诊日期;发病日期;年龄\n7;2020年1月21日;2020年1月14日;59\n",
        "case_id\tdate_confirmation\tDATE ONSET SYMPTOMS\tage\n7\t43851\t14-Jan-2020\t59\n",
    ] {
        let (rows, out) = evidence(text, "linelist", &[]);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0]["id"], "linelist-7-case");
        assert_eq!(rows[0]["source"], "import");
        assert_eq!(rows[0]["data"]["onset_at"], "2020-01-13T16:00:00Z", "{text}");
        assert!(
            out.contains("columns not used: \"Age\"")
                || out.contains("columns not used: \"年龄\"")
                || out.contains("columns not used: \"age\""),
            "{out}"
        );
    }
}

#[test]
fn other_encodings_and_sheets_read_the_same() {
    let text = "编号,确诊日期,来源,暴露结束日期\nA1,2020-01-21,武汉,2020-01-19\n";
    let want = evidence(text, "linelist", &[]).0;
    assert_eq!(want.len(), 2);
    let little: Vec<u8> = format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(evidence(little, "linelist", &[]).0, want);
    // The same in GB 18030, byte for byte.
    let chinese: &[(&str, &[u8])] = &[
        ("编号", b"\xB1\xE0\xBA\xC5"),
        ("确诊日期", b"\xC8\xB7\xD5\xEF\xC8\xD5\xC6\xDA"),
        ("来源", b"\xC0\xB4\xD4\xB4"),
        ("暴露结束日期", b"\xB1\xA9\xC2\xB6\xBD\xE1\xCA\xF8\xC8\xD5\xC6\xDA"),
        ("武汉", b"\xCE\xE4\xBA\xBA"),
    ];
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = chinese.iter().find(|(word, _)| rest.starts_with(word));
        match word {
            Some((word, gb)) => (bytes.extend_from_slice(gb), rest = &rest[word.len()..]).0,
            None => (bytes.push(c as u8), rest = &rest[1..]).0,
        }
    }
    assert_eq!(evidence(bytes, "linelist", &[]).0, want);
    let sheet =
        sheet(&[&["编号", "确诊日期", "来源", "暴露结束日期"], &["A1", "=43851", "武汉", "2020-01-19"]]);
    assert_eq!(evidence(sheet, "linelist", &[]).0, want);
}

/// A small workbook; a text that begins with `=` becomes a number shown as a date.
fn sheet(rows: &[&[&str]]) -> Vec<u8> {
    let mut data = String::new();
    for (row, cells) in rows.iter().enumerate() {
        data += &format!("<row r=\"{}\">", row + 1);
        for (column, cell) in cells.iter().enumerate() {
            let place = format!("{}{}", (b'A' + column as u8) as char, row + 1);
            data += &match cell.strip_prefix('=') {
                Some(number) => format!("<c r=\"{place}\" s=\"1\"><v>{number}</v></c>"),
                None => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
            };
        }
        data += "</row>";
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let links = "http://schemas.openxmlformats.org/package/2006/relationships";
    let parts = [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{links}\"><Relationship Id=\"r0\" Type=\"{kinds}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{kinds}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{links}\"><Relationship Id=\"r1\" Type=\"{kinds}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{kinds}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{data}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, text) in parts {
        zip.start_file(name, stored).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn read_is_stored_and_refused_and_skipped_also_on_a_dry_run() {
    let text = "case_id,confirm_date,onset\n1,2020-01-21,NA\n\n1,2020-01-21,NA\n,2020-01-21,\n3,-,unknown\n1,2020-01-22,\n4,soon,\n5,2020-01-21,2020-04-01\n,,\n6,2020-01-21,,,\n";
    let (room, ran) = import(text, "linelist", &["--dry-run", "--refused", "refused.csv"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(last_line(&ran), "read 10 = stored 2 + refused 5 + skipped 3");
    let refused = room.read("refused.csv");
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines[0], "line,reason,case_id,confirm_date,onset");
    assert_eq!(lines[1], "5,no case_id,,2020-01-21,");
    assert!(lines[2].starts_with("6,\"no date of confirmation"), "{refused}");
    assert!(lines[3].starts_with("7,\"case 1 is on line 2 already"), "{refused}");
    assert!(lines[4].contains("soon") && lines[5].starts_with("9,onset_on"), "{refused}");
    let (_, json) = import(text, "linelist", &["--dry-run", "--json"]);
    let report: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (&report["read"], &report["stored"], &report["refusals"][0]["line"]),
        (&10.into(), &2.into(), &5.into())
    );
}

#[test]
fn the_order_of_day_and_month_is_a_question_about_the_whole_column() {
    let day = |text: &str, more: &[&str]| evidence(text, "linelist", more).0[0]["happened_at"].clone();
    assert_eq!(day("id,confirm date\n1,03/02/2020\n2,13/02/2020\n", &[]), "2020-02-02T16:00:00Z");
    assert_eq!(day("id,confirm date\n1,02/03/2020\n2,02/13/2020\n", &[]), "2020-02-02T16:00:00Z");
    let open = "id,confirm date\n1,03/02/2020\n2,04/02/2020\n";
    let (room, ran) = import(open, "linelist", &["--out", "e.jsonl"]);
    assert!(
        ran.status == 2 && ran.err.contains("--dates dmy") && ran.err.contains("confirm date"),
        "{}",
        ran.err
    );
    assert_eq!((ran.out.as_str(), room.files()), ("", vec!["in.csv".to_owned()]));
    assert_eq!(day(open, &["--dates", "dmy"]), "2020-02-02T16:00:00Z");
    assert_eq!(day(open, &["--dates", "mdy"]), "2020-03-01T16:00:00Z");
    let helped = "id,confirm date,onset\n1,03/02/2020,31/01/2020\n";
    assert_eq!(day(helped, &[]), "2020-02-02T16:00:00Z", "the other column of the file decides");
    let mixed = "id,confirm date\n1,02/13/2020\n2,13/02/2020\n";
    assert_eq!(import(mixed, "linelist", &["--dry-run"]).1.status, 2);
    assert_eq!(
        last_line(&import(mixed, "linelist", &["--dry-run", "--dates", "dmy"]).1),
        "read 2 = stored 1 + refused 1 + skipped 0"
    );
}

#[test]
fn a_column_may_be_mapped_and_a_wrong_map_lists_what_there_is() {
    let text = "who,when,first day ill\n1,2020-01-21,2020-01-14\n";
    let (_, ran) = import(text, "linelist", &["--dry-run"]);
    assert!(
        ran.status == 2 && ran.err.contains("--map case_id=COLUMN") && ran.err.contains("first day ill"),
        "{}",
        ran.err
    );
    let maps = ["--map", "case_id=who", "--map", "confirmed_on=when", "--map", "onset_on=first day ill"];
    assert_eq!(evidence(text, "linelist", &maps).0[0]["data"]["onset_at"], "2020-01-13T16:00:00Z");
    let (_, ran) = import(text, "linelist", &["--dry-run", "--map", "nobody=who"]);
    assert!(ran.status == 2 && ran.err.contains("case_id, confirmed_on"), "{}", ran.err);
    let (_, ran) = import(text, "linelist", &["--dry-run", "--map", "case_id=nobody"]);
    assert!(ran.status == 2 && ran.err.contains("who, when"), "{}", ran.err);
}

#[test]
fn status_sources_report_and_recovery_become_evidence() {
    let text = "id,confirmed,reported,status,source,start source,end source,recovered\n\
        9,2020-01-21,2020-01-23,无症状,\"Wuhan; train/Italy, wuhan\",2020-01-05,2020-01-10,2020-02-10\n";
    let (rows, out) = evidence(text, "linelist", &["--prefix", "city-"]);
    let seen: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(
        seen,
        [
            "linelist-city-9-case",
            "linelist-city-9-stay-1",
            "linelist-city-9-stay-2",
            "linelist-city-9-recovered"
        ]
    );
    assert_eq!(rows[0]["data"]["status"], "asymptomatic");
    assert_eq!(rows[0]["recorded_at"], "2020-01-22T16:00:00Z", "the day of the report");
    assert_eq!((&rows[1]["data"]["region"], &rows[2]["data"]["region"]), (&"420100".into(), &"IT".into()));
    assert_eq!(rows[1]["data"]["to"], "2020-01-10T16:00:00Z", "the last day is inside");
    assert_eq!(rows[3]["data"]["status"], "recovered");
    assert!(out.contains("1 sources not understood"), "{out}");
    let utc = evidence(text, "linelist", &["--zone", "UTC"]).0;
    assert_eq!(utc[0]["happened_at"], "2020-01-21T00:00:00Z");
}

#[test]
fn the_same_file_gives_the_same_evidence_and_long_ids_fit() {
    let text = format!("id,confirmed\n{},2020-01-21\n", "x".repeat(64));
    let first = evidence(&text, "linelist", &[]).0;
    assert_eq!(first, evidence(&text, "linelist", &[]).0);
    assert!(first[0]["id"].as_str().unwrap().len() <= 64);
}

#[test]
fn tests_become_evidence() {
    let text = "person,sample date,result,report date,ct value\np1,2020-02-01 08:30,阴性,2020-02-01 20:00,\np2,2020-02-01 08:35,pos,,31.5\np3,2020-02-01,maybe,,\n";
    let (_, ran) = import(text, "tests", &["--dry-run"]);
    assert!(ran.status == 2 && ran.err.contains("--assay pcr"), "{}", ran.err);
    let (rows, out) = evidence(text, "tests", &["--assay", "pcr"]);
    assert!(out.ends_with("read 3 = stored 2 + refused 1 + skipped 0\n"), "{out}");
    assert_eq!(rows[0]["data"]["sampled_at"], "2020-02-01T00:30:00Z");
    assert_eq!(
        (&rows[0]["recorded_at"], &rows[0]["data"]["result"]),
        (&"2020-02-01T12:00:00Z".into(), &"negative".into())
    );
    assert_eq!(rows[1]["data"]["ct"], 31.5);
}

#[test]
fn visits_become_a_table_that_tracing_reads() {
    let text = "visitor;venue;check-in;check-out\np1;a;2020-02-01 08:00;2020-02-01 08:20\np2;a;1580515200;1580516400\np3;a;2020-02-01;2020-02-02\n";
    let (room, ran) = import(text, "visits", &["--out", "visits.csv"]);
    assert_eq!(last_line(&ran), "read 3 = stored 2 + refused 1 + skipped 0", "{}", ran.err);
    assert!(
        room.read("visits.csv")
            .starts_with("person,place,entered_at,left_at,grade\np1,a,2020-02-01T08:00:00+08:00,")
    );
    room.write("cases.csv", "person,infectious_from,infectious_until\np1,0,7000000000\n");
    let traced = room.run(&[
        "trace",
        "--visits",
        "visits.csv",
        "--cases",
        "cases.csv",
        "--policy",
        "place-15min-unbroken",
        "--out",
        "-",
    ]);
    assert_eq!(traced.out.lines().count(), 2, "{}{}", traced.out, traced.err);
}

#[test]
fn people_are_checked_and_never_written() {
    let text = "姓名,证件号码,手机\n王小明,330106199003071236,13812345678\nJo,AB123456,+441234567890\nJo,AB123457,12\n";
    let (_, ran) = import(text, "people", &["--dry-run"]);
    assert_eq!(last_line(&ran), "read 3 = stored 2 + refused 1 + skipped 0", "{}", ran.err);
    assert!(ran.out.contains("refused, line 4: phone") && !ran.out.contains("AB123457"), "{}", ran.out);
    let (room, ran) = import(text, "people", &["--out", "people.jsonl"]);
    assert!(ran.status == 2 && ran.err.contains("--dry-run") && ran.out.is_empty(), "{}", ran.err);
    assert_eq!(room.files(), ["in.csv"]);
}

#[test]
fn regions_come_out_in_the_form_that_decide_reads() {
    let text = "区划代码,名称,上级代码\n990000,甲省,CN\n990100,乙市,990000\n99,丙,CN\n980100,丁,980000\n980101,戊,980100\n";
    let (room, ran) = import(text, "regions", &["--out", "regions.csv"]);
    assert_eq!(last_line(&ran), "read 5 = stored 2 + refused 3 + skipped 0", "{}{}", ran.out, ran.err);
    room.write("e.jsonl", common::declared("p1", "no", "990100"));
    let ran = room.run(&[
        "decide",
        "--rules",
        &common::rules(),
        "--evidence",
        "e.jsonl",
        "--at",
        common::AT,
        "--regions",
        "regions.csv",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.err);
}

#[test]
fn a_bad_file_is_refused_in_words() {
    for (content, word) in [
        (&b""[..], "empty"),
        (b"\xD0\xCF\x11\xE0", ".xls"),
        (b"PK\x03\x04", "XLSX"),
        (b"id,confirmed\n1,\"2\n", "line 2"),
    ] {
        let (_, ran) = import(content, "linelist", &["--dry-run"]);
        assert!(ran.status == 2 && ran.out.is_empty() && ran.err.contains(word), "{}", ran.err);
    }
    let (_, ran) = import("id,confirmed\n", "linelist", &[]);
    assert_eq!(ran.status, 2, "either --dry-run or --out");
}

#[test]
fn a_dash_is_standard_output_and_the_report_goes_elsewhere() {
    let (_, ran) = import("id,confirmed\n1,2020-01-21\n", "linelist", &["--out", "-"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    assert!(ran.err.ends_with("read 1 = stored 1 + refused 0 + skipped 0\n"), "{}", ran.err);
}

#[test]
fn an_output_that_is_there_is_replaced_whole_a_link_followed_and_a_device_left_alone() {
    let (room, _) = import("id,confirmed\n1,2020-01-21\n", "linelist", &["--dry-run"]);
    room.write("real.jsonl", "old\n");
    std::os::unix::fs::symlink("real.jsonl", room.path("link.jsonl")).unwrap();
    let ran = room.run(&["import", "linelist", "in.csv", "--out", "link.jsonl"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(room.read("real.jsonl").starts_with("{\"id\":\"linelist-1-case\""));
    assert!(room.path("link.jsonl").is_symlink());
    let ran = room.run(&["import", "linelist", "in.csv", "--out", "/dev/null"]);
    assert!(ran.status == 0 && !std::path::Path::new("/dev/null").is_file(), "{}", ran.err);
    assert_eq!(room.run(&["import", "linelist", "in.csv", "--out", "."]).status, 2);
    assert_eq!(room.files(), ["in.csv", "link.jsonl", "real.jsonl"]);
}

#[test]
fn a_recovery_without_a_date_refuses_no_row() {
    let (rows, out) =
        evidence("id,confirmed,recovered\n1,2020-01-21,yes\n2,2020-01-21,2020-02-21\n", "linelist", &[]);
    assert_eq!(rows.len(), 3);
    assert!(out.contains("1 recoveries without a date"), "{out}");
}
