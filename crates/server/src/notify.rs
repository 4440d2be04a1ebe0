//! Telling people outside the pages of a change of their code, or of advice. A message names no colour and no reason: mail
//! and short messages are read by others on the way; it says that there is news and where to look.

mod mail;
mod sms;

use crate::config::NoticeConfig;
use healthcode_core::personal::{MailAddress, Phone};
use healthcode_core::time::Instant;
use healthcode_store::notices::Channel;
use std::time::Duration;

/// How long a mail server or gateway may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a message was not sent. Holds no address: what the other side said of it is left out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendFault {
    /// It may be taken later.
    #[error("{0}; it is tried again")]
    Later(String),
    /// It never will be.
    #[error("{0}; it is given up")]
    Never(String),
}

/// A setting of the notices that cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct ChannelFault {
    setting: &'static str,
    problem: String,
}

/// Where a message goes.
#[derive(Clone, Debug)]
pub enum Recipient {
    /// To a mail address.
    Mail(MailAddress),
    /// To a phone.
    Sms(Phone),
}

/// A message.
#[derive(Clone, Debug)]
pub struct Message {
    /// The same at every try.
    pub id: String,
    /// To whom.
    pub to: Recipient,
    /// Where to look.
    pub url: String,
    /// When it is sent.
    pub at: Instant,
}

impl Message {
    /// The sentence in both languages.
    fn text(&self) -> String {
        let url = &self.url;
        format!(
            "您的健康码有新消息。颜色、原因和须知见 {url}\n\
             There is news about your health code. Colour, reason and what to do: {url}"
        )
    }
}

/// The ways in which this installation can tell people.
#[derive(Clone, Debug, Default)]
pub struct Channels {
    mail: Option<mail::Mail>,
    sms: Option<sms::Sms>,
}

impl Channels {
    /// As configured; none by default.
    pub fn new(config: &NoticeConfig) -> Result<Self, ChannelFault> {
        let mail = config.mail.as_ref().map(|url| mail::Mail::new(url, &config.mail_from)).transpose()?;
        let sms = config.sms.as_ref().map(|url| sms::Sms::new(url, config.sms_token.clone())).transpose()?;
        Ok(Self { mail, sms })
    }

    /// Whether people can be told by a channel.
    pub fn offers(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.mail.is_some(),
            Channel::Sms => self.sms.is_some(),
        }
    }

    /// Whether people can be told at all.
    pub fn offers_any(&self) -> bool {
        self.mail.is_some() || self.sms.is_some()
    }

    /// Sends a message.
    pub async fn send(&self, message: Message) -> Result<(), SendFault> {
        let channels = self.clone();
        // Both clients wait for the other side.
        let sent = tokio::task::spawn_blocking(move || match (&message.to, &channels.mail, &channels.sms) {
            (Recipient::Mail(to), Some(mail), _) => mail.send(&message, to),
            (Recipient::Sms(to), _, Some(sms)) => sms.send(&message, to),
            _ => Err(SendFault::Later("this server has no such channel".to_owned())),
        });
        sent.await.unwrap_or_else(|_| Err(SendFault::Later("sending ended early".to_owned())))
    }
}
