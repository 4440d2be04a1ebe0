//! Who may do what: one table of role by act, printed by a test and reviewed as a diff.

use std::fmt;

/// Who is asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// A person on a device of her own.
    Resident,
    /// Staff at a collection point.
    Checker,
    /// An officer of the health authority.
    Officer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Resident, Self::Checker, Self::Officer];

    /// The word used in files and interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Checker => "checker",
            Self::Officer => "officer",
        }
    }

    /// The role that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

macro_rules! acts {
    ($($act:ident = $word:literal: $($role:ident)*;)+) => {
        /// Every act that needs a caller.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the words beside them say what they are")]
        pub enum Deed { $($act),+ }

        impl Deed {
            /// Every act, in the order of the API.
            pub const ALL: &'static [Self] = &[$(Self::$act),+];
            /// What it is, in words.
            pub const fn words(self) -> &'static str { match self { $(Self::$act => $word),+ } }
            /// Who may do it.
            pub const fn roles(self) -> &'static [Role] { match self { $(Self::$act => &[$(Role::$role),*]),+ } }
        }
    };
}

acts! {
    Declare = "declare for oneself": Resident;
    ShowCode = "show one's pass and decision": Resident;
    ListDependants = "list whom one answers for": Resident;
    EnrolPhone = "enrol a phone": Resident;
    FetchPasses = "fetch passes for an enrolled phone": Resident;
    PrintPass = "print one's pass": Resident;
    Why = "ask why": Resident;
    VisitPlace = "scan the code of a place": Resident;
    AskTogether = "ask how long one was with someone": Resident;
    SeeAdvice = "see where a case was that one may have met": Resident;
    SeeHousehold = "see one's household": Resident;
    ProposeHousehold = "ask someone to be of one household": Resident;
    AgreeHousehold = "agree to be of one household": Resident;
    EndHousehold = "end a household": Resident;
    Watch = "be told of changes": Resident;
    Report = "report today": Resident;
    ReportFor = "report today for someone of the household": Resident;
    SeeOwnQuarantine = "see one's order of isolation": Resident;
    PrintOwnLetter = "print a letter about one's isolation": Resident;
    SeeLooks = "see who looked": Resident;
    SeeNotices = "see how one is told of changes": Resident;
    SetNotices = "choose how one is told of changes": Resident;
    Scan = "verify a code and record a visit": Checker Officer;
    Activate = "compare the document and activate a code": Checker Officer;
    DoorCheck = "check at the door of a person under an order": Checker Officer;
    CountScans = "count today's scans at one's point": Checker;
    SeeScreen = "show a place's code on a screen": Checker Officer;
    SeeGate = "take along what a gate needs alone": Checker;
    WatchGate = "be told of status files": Checker;
    DeliverScans = "deliver scans that a gate made alone": Checker;
    ListShownTwice = "list presentations seen at two points": Officer;
    ListDoubted = "list doubted visits": Officer;
    RuleOnVisit = "clear or reject a doubted visit": Officer;
    ListAudits = "list declarations to audit": Officer;
    Audit = "confirm or refuse a declaration": Officer;
    ListClaims = "list numbers declared twice": Officer;
    SearchPeople = "find a person by document, phone or code": Officer;
    SeePerson = "see a person's decision, evidence and visits": Officer;
    SeeHistory = "replay a person's decisions": Officer;
    ReportCase = "report, confirm, exclude a case": Officer;
    ListCases = "list cases under way": Officer;
    SeeCase = "see a case file": Officer;
    ListContacts = "list the contacts of a case": Officer;
    PreviewCase = "see whom tracing would concern": Officer;
    SeeTracing = "see how a case was traced": Officer;
    SettleRun = "approve a large tracing run of another": Officer;
    ChooseAtPlace = "choose whom a crowded place concerns": Officer;
    ListWaiting = "list what of tracing waits": Officer;
    ListDefinitions = "list contact definitions": Officer;
    BringInDefinition = "bring in a contact definition": Officer;
    PreviewDefinition = "count whom a definition would concern": Officer;
    ApproveDefinition = "approve another's contact definition": Officer;
    SetWindow = "set the infectious window of a case": Officer;
    TransferCase = "hand a case to another jurisdiction": Officer;
    AssignCase = "give a case to an officer": Officer;
    Interview = "write down what a case said": Officer;
    ListClusters = "list clusters": Officer;
    OpenCluster = "open a cluster": Officer;
    PutInCluster = "put a case into a cluster": Officer;
    MergeCases = "make one case of two records": Officer;
    PartCases = "undo a merge": Officer;
    SeeCurve = "see the epidemic curve": Officer;
    SeeChain = "see the chain of transmission": Officer;
    ExportCases = "export cases": Officer;
    ListOfficers = "list officers with the load of each": Officer;
    AssignQuarantine = "give an order to an officer": Officer;
    ListInquiries = "list searches and exports": Officer;
    ListLookAlarms = "list unusual look-ups": Officer;
    BreakGlass = "open a record outside one's area": Officer;
    ListBreakGlass = "list who entered one's area": Officer;
    CountBreakGlass = "count entries that nobody has seen": Officer;
    SeeBreakGlass = "mark an entry as seen": Officer;
    AddEvidence = "add evidence": Officer;
    CorrectEvidence = "correct evidence": Officer;
    WithdrawEvidence = "withdraw evidence": Officer;
    ListQuarantines = "list whom to call first": Officer;
    OrderQuarantine = "order isolation": Officer;
    SeeQuarantines = "see a person's orders of isolation": Officer;
    PreviewOrders = "see for whom isolation can be ordered": Officer;
    OrderMany = "order isolation for contacts of a case": Officer;
    PrintLetter = "print a letter about an order": Officer;
    ChangeQuarantine = "extend or shorten an order": Officer;
    WithdrawQuarantine = "withdraw a mistaken order": Officer;
    TransferQuarantine = "hand an order to another jurisdiction": Officer;
    FollowUp = "note that someone was followed up": Officer;
    SeeHouseholds = "see who slept under one roof with a person": Officer;
    RecordHousehold = "record who slept under one roof": Officer;
    EndRecorded = "end a household that an officer recorded": Officer;
    SetGuardian = "let someone answer for a person": Officer;
    ListPoints = "list collection points": Officer;
    AddPoint = "add a collection point": Officer;
    SeePoster = "print a place's code": Officer;
    IssuePoster = "issue a place's code anew": Officer;
    ListRides = "list rides": Officer;
    AddRide = "enter a ride": Officer;
    SeePassengers = "see the passengers of a ride": Officer;
    EnterPassenger = "enter or correct a passenger": Officer;
    ListRules = "list editions of the rules": Officer;
    DraftRules = "bring in an edition": Officer;
    CompareRules = "compare an edition on everyone": Officer;
    ApproveRules = "approve another's edition": Officer;
    WithdrawRules = "withdraw an edition": Officer;
    InviteStaff = "make a sign-in link": Officer;
}

/// Whether a role may do an act.
pub fn may(role: Role, deed: Deed) -> bool {
    deed.roles().contains(&role)
}

/// The table as text.
pub fn table() -> String {
    let mut text = format!("{:<48}", "");
    for role in Role::ALL {
        text.push_str(&format!("{role:<10}"));
    }
    text.push('\n');
    for deed in Deed::ALL {
        text.push_str(&format!("{:<48}", deed.words()));
        for role in Role::ALL {
            text.push_str(&format!("{:<10}", if may(role, *deed) { "yes" } else { "-" }));
        }
        text.push('\n');
    }
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
