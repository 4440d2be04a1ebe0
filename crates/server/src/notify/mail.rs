//! Mail, over SMTP.

use super::{ChannelFault, Message, PATIENCE, SendFault};
use healthcode_core::personal::MailAddress;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{SmtpTransport, Transport};
use std::fmt;
use std::time::{Duration, SystemTime};

/// A mail server. Its address may hold a password, so it does not print.
#[derive(Clone)]
pub(super) struct Mail {
    server: SmtpTransport,
    from: Mailbox,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mail(***)")
    }
}

impl Mail {
    pub(super) fn new(url: &str, from: &str) -> Result<Self, ChannelFault> {
        let server = SmtpTransport::from_url(url).map_err(|_| ChannelFault {
            setting: "mail",
            problem: "this is no mail server; write smtps://USER:PASSWORD@HOST, or \
                      smtp://USER:PASSWORD@HOST:587?tls=required"
                .to_owned(),
        })?;
        let from = from.parse().map_err(|_| ChannelFault {
            setting: "mail_from",
            problem: "this is no mail address; write the sender of the messages, such as \
                      Health code <code@city.example>"
                .to_owned(),
        })?;
        Ok(Self { server: server.timeout(Some(PATIENCE)).build(), from })
    }

    pub(super) fn send(&self, message: &Message, to: &MailAddress) -> Result<(), SendFault> {
        let never = |what: &str| SendFault::Never(what.to_owned());
        let to = to.expose().parse().map_err(|_| never("no mail server takes this address"))?;
        let seconds = u64::try_from(message.at.seconds()).unwrap_or_default();
        let host = self.from.email.domain();
        let mail = MessageBuilder::new()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{}@{host}>", message.id)))
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .subject("您的健康码有新消息 · News about your health code")
            .header(ContentType::TEXT_PLAIN)
            .body(message.text())
            .map_err(|_| never("the mail could not be written"))?;
        match self.server.send(&mail) {
            Ok(_) => Ok(()),
            Err(fault) => {
                let code = fault.status().map_or_else(|| "nothing".to_owned(), |code| code.to_string());
                let said = format!("the mail server answered {code}");
                Err(if fault.is_permanent() { SendFault::Never(said) } else { SendFault::Later(said) })
            }
        }
    }
}
