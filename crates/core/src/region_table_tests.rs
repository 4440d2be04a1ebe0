use super::*;
use proptest::prelude::*;

fn region(text: &str) -> Region {
    Region::new(text).unwrap()
}

fn built_in() -> RegionTable {
    let mut table = RegionTable::default();
    table.extend(BUILT_IN).unwrap();
    table
}

#[test]
fn the_table_that_is_compiled_in_has_no_mistake() {
    let table = built_in();
    let provinces = table.children(&region("CN")).count();
    assert_eq!(provinces, 34, "division of the first level");
    assert_eq!(table.children(&region("420100")).count(), 13, "districts of Wuhan");
    assert!(table.iter().filter(|(code, _)| code.as_str().len() == 2).count() >= 249);
}

#[test]
fn every_division_lies_in_its_parent_by_its_code_too() {
    let table = built_in();
    for (code, entry) in table.iter() {
        if let Some(parent) = &entry.parent {
            assert!(code.is_within(parent), "{code} in {parent}");
        }
    }
}

#[test]
fn districts_that_were_merged_exist_until_that_day_only() {
    let table = built_in();
    let last = Day::from_ymd(2021, 4, 8).unwrap();
    let old = table.get(&region("330104")).unwrap();
    assert!(old.exists_on(last) && !old.exists_on(last.plus(1)));
    let new = table.get(&region("330113")).unwrap();
    assert!(!new.exists_on(last) && new.exists_on(last.plus(1)));
}

#[test]
fn a_region_is_found_by_either_name_and_the_widest_wins() {
    let table = built_in();
    for (name, code) in [
        ("Wuhan", "420100"),
        (" wuhan ", "420100"),
        ("武汉", "420100"),
        ("武汉市", "420100"),
        ("Hubei", "420000"),
        ("Hong Kong", "810000"),
        ("内蒙古", "150000"),
        ("Italy", "IT"),
        ("意大利", "IT"),
    ] {
        assert_eq!(table.named(name).map(Region::as_str), Some(code), "{name}");
    }
    assert_eq!(table.named("mall"), None);
    assert_eq!(table.named(""), None);
    assert_eq!(table.named("Huangpu"), None, "there is one in Shanghai and one in Guangzhou");
    assert_eq!(table.name(&region("330106"), Language::Chinese), Some("西湖区"));
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let mut table = built_in();
    let before = table.clone();
    let text = "# ours\ncode,en,zh,parent,from,until\n\
        99,A,甲,,,\n\
        990001,,乙,CN,2020-02-30,\n\
        990002,\"B, C\",丙,990009,,\n\
        990003,D,丁,990003,2020-02-02,2020-02-01\n\
        990003,D,丁,,\n\
        990004,\"E,戊,,,\n";
    let faults = table.extend(text).unwrap_err();
    let seen: Vec<_> = faults.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(
        seen,
        [(3, "code"), (4, "en"), (4, "from"), (5, "parent"), (6, "until"), (7, "row"), (8, "row")]
    );
    assert_eq!(table, before, "nothing is added");
    assert!(RegionTable::default().extend("code,name\n").is_err());
    assert!(RegionTable::default().extend("").is_err());
}

#[test]
fn nothing_lies_in_itself() {
    let rows =
        "code,en,zh,parent,from,until\n990001,A,甲,990002,,\n990002,B,乙,990001,,\n990003,C,丙,990001,,\n";
    let faults = RegionTable::default().extend(rows).unwrap_err();
    assert_eq!(faults.len(), 3);
    assert!(faults.iter().all(|fault| fault.column == "parent"));
}

#[test]
fn a_file_adds_to_the_table() {
    let mut table = built_in();
    table
        .extend("code,en,zh,parent,from,until\n330106904,\"Say \"\"Ah\"\" Street\",啊街道,330106,,\n")
        .unwrap();
    assert_eq!(table.name(&region("330106904"), Language::English), Some("Say \"Ah\" Street"));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", near in "(99[0-9]{4}|[A-Z]{2}),[a\",]{0,6},甲,([0-9]{6})?,,\"?") {
        let _ = RegionTable::default().extend(&text);
        let _ = RegionTable::default().extend(&format!("code,en,zh,parent,from,until\n{near}\n"));
    }
}
