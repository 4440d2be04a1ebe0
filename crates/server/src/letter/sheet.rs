//! Sheets of A4: paragraphs in, a PDF out. Every page says its language, so that a screen reader does, too.

use super::line::{Font, lines, runs};
use healthcode_core::region_table::Language;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo};
use pdf_writer::{Content, Date, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

/// A part of a letter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Part {
    /// What it is.
    Title(String),
    /// What follows.
    Heading(String),
    /// A paragraph.
    Words(String),
    /// A term and what it is.
    Term(String, String),
    /// One of several.
    Item(String),
    /// Room for a signature, above these words.
    Sign(String),
}

/// A letter in one language.
pub(super) struct Sheet {
    pub language: Language,
    pub parts: Vec<Part>,
}

/// What a PDF says of itself.
pub(super) struct About {
    pub title: String,
    pub author: String,
    /// Civil date and time, as `2026-03-02T09:00:00`, and minutes ahead of UTC.
    pub made: (String, i32),
}

/// A4 in points.
const PAGE: (f32, f32) = (595.276, 841.89);
const MARGIN: f32 = 64.0;
const SIZE: f32 = 11.0;
const LEADING: f32 = 17.0;
/// Where what stands beside a term begins.
const TERM: f32 = 130.0;
/// The fonts by name in every page.
const FONTS: [(Font, &[u8]); 3] = [(Font::Latin, b"L"), (Font::Bold, b"B"), (Font::Chinese, b"C")];

const fn tag(language: Language) -> &'static str {
    match language {
        Language::English => "en-GB",
        Language::Chinese => "zh-CN",
    }
}

/// Pages that are being filled from above.
struct Pages {
    done: Vec<Content>,
    page: Content,
    y: f32,
    language: Language,
}

impl Pages {
    fn begin(&mut self, language: Language) {
        self.language = language;
        self.page = Content::new();
        let mut marked = self.page.begin_marked_content_with_properties(Name(b"Span"));
        marked.properties().pair(Name(b"Lang"), TextStr(tag(language)));
        drop(marked);
        self.y = PAGE.1 - MARGIN;
    }

    fn end(&mut self) {
        self.page.end_marked_content();
        self.done.push(std::mem::replace(&mut self.page, Content::new()));
    }

    /// Goes down to the base of the next line; to another page where this one is full.
    fn down(&mut self, by: f32) {
        self.y -= by;
        if self.y < MARGIN {
            let language = self.language;
            self.end();
            self.begin(language);
            self.y -= by;
        }
    }

    fn show(&mut self, line: &str, x: f32, (size, bold): (f32, bool)) {
        self.page.begin_text().next_line(x, self.y);
        for run in runs(line, self.language, bold) {
            let name = FONTS.iter().find(|(font, _)| *font == run.font).map_or(&b"L"[..], |(_, name)| name);
            self.page.set_font(Name(name), size).show(Str(&run.bytes));
        }
        self.page.end_text();
    }

    fn words(&mut self, text: &str, x: f32, style: (f32, bool)) {
        for line in lines(text, self.language, style, PAGE.0 - MARGIN - x) {
            self.down(LEADING.max(style.0 * 1.4));
            self.show(&line, x, style);
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Title(text) => {
                self.words(text, MARGIN, (18.0, true));
                self.down(LEADING / 2.0);
            }
            Part::Heading(text) => {
                self.down(LEADING / 2.0);
                self.words(text, MARGIN, (12.0, true));
            }
            Part::Words(text) => {
                self.words(text, MARGIN, (SIZE, false));
                self.down(LEADING / 3.0);
            }
            Part::Term(term, what) => self.term(term, what),
            Part::Item(text) => {
                for (number, line) in
                    lines(text, self.language, (SIZE, false), PAGE.0 - 2.0 * MARGIN - 14.0).iter().enumerate()
                {
                    self.down(LEADING);
                    if number == 0 {
                        self.show("-", MARGIN, (SIZE, false));
                    }
                    self.show(line, MARGIN + 14.0, (SIZE, false));
                }
            }
            Part::Sign(text) => {
                self.down(LEADING * 3.0);
                let y = self.y + LEADING - 3.0;
                self.page.move_to(MARGIN, y).line_to(MARGIN + 220.0, y).stroke();
                self.show(text, MARGIN, (SIZE, false));
            }
        }
    }

    fn term(&mut self, term: &str, what: &str) {
        let terms = lines(term, self.language, (SIZE, false), TERM - 8.0);
        let whats = lines(what, self.language, (SIZE, false), PAGE.0 - 2.0 * MARGIN - TERM);
        for number in 0..terms.len().max(whats.len()) {
            self.down(LEADING);
            for (lines, x) in [(&terms, MARGIN), (&whats, MARGIN + TERM)] {
                if let Some(line) = lines.get(number).filter(|line| !line.is_empty()) {
                    self.show(line, x, (SIZE, false));
                }
            }
        }
    }
}

/// The sheets as a PDF; the first language is that of the whole.
pub(super) fn pdf(sheets: &[Sheet], about: &About) -> Vec<u8> {
    let language = sheets.first().map_or(Language::English, |sheet| sheet.language);
    let mut pages = Pages { done: Vec::new(), page: Content::new(), y: 0.0, language };
    for sheet in sheets {
        pages.begin(sheet.language);
        sheet.parts.iter().for_each(|part| pages.part(part));
        pages.end();
    }
    let mut next = 0;
    let mut new = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, info) = (new(), new(), new());
    let fonts = [new(), new(), new()];
    let (cid_font, descriptor) = (new(), new());
    let mut pdf = Pdf::new();
    let mut whole = pdf.catalog(catalog);
    whole.pages(tree).lang(TextStr(tag(language)));
    whole.viewer_preferences().display_doc_title(true);
    whole.finish();
    say(&mut pdf, info, about);
    write_fonts(&mut pdf, fonts, cid_font, descriptor);
    let ids: Vec<_> = pages.done.iter().map(|_| (new(), new())).collect();
    pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(i32::try_from(ids.len()).unwrap_or(0));
    for (content, (id, text)) in pages.done.into_iter().zip(ids) {
        let mut page = pdf.page(id);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).contents(text);
        let mut resources = page.resources();
        let mut named = resources.fonts();
        for ((_, name), font) in FONTS.iter().zip(fonts) {
            named.pair(Name(name), font);
        }
        named.finish();
        resources.finish();
        page.finish();
        pdf.stream(text, &content.finish());
    }
    pdf.finish()
}

fn say(pdf: &mut Pdf, id: Ref, about: &About) {
    let mut info = pdf.document_info(id);
    info.title(TextStr(&about.title)).author(TextStr(&about.author)).creator(TextStr("healthcode"));
    let (made, ahead) = &about.made;
    let part = |from: usize, to: usize| made.get(from..to).and_then(|text| text.parse::<u16>().ok());
    let small = |from: usize| part(from, from + 2).and_then(|number| u8::try_from(number).ok()).unwrap_or(0);
    if let Some(year) = part(0, 4) {
        let date = Date::new(year).month(small(5)).day(small(8));
        let date = date.hour(small(11)).minute(small(14)).second(small(17));
        let hours = i8::try_from(ahead / 60).unwrap_or(0);
        let minutes = u8::try_from(ahead.abs() % 60).unwrap_or(0);
        info.creation_date(date.utc_offset_hour(hours).utc_offset_minute(minutes));
    }
}

/// None of the fonts is in the file: every viewer has the first two, and a Chinese one in place of the third.
fn write_fonts(pdf: &mut Pdf, [latin, bold, chinese]: [Ref; 3], cid_font: Ref, descriptor: Ref) {
    for (id, name) in [(latin, &b"Helvetica"[..]), (bold, b"Helvetica-Bold")] {
        pdf.type1_font(id).base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let song = Name(b"STSong-Light");
    let mut font = pdf.type0_font(chinese);
    font.base_font(Name(b"STSong-Light-UniGB-UTF16-H")).encoding_predefined(Name(b"UniGB-UTF16-H"));
    font.descendant_font(cid_font);
    font.finish();
    let mut cid = pdf.cid_font(cid_font);
    cid.subtype(CidFontType::Type0).base_font(song);
    let collection = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"GB1"), supplement: 4 };
    cid.system_info(collection).font_descriptor(descriptor).default_width(1_000.0);
    cid.finish();
    let mut described = pdf.font_descriptor(descriptor);
    described.name(song).flags(FontFlags::SYMBOLIC | FontFlags::SERIF);
    described.bbox(Rect::new(-25.0, -254.0, 1_000.0, 880.0)).italic_angle(0.0);
    described.ascent(880.0).descent(-120.0).cap_height(880.0).stem_v(93.0);
}
