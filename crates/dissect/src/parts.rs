//! Grammar that several protocols share. A part knows no protocol.

pub mod address_families;
pub mod arista;
pub mod date;
pub mod dns_name;
pub mod dns_types;
pub mod duration;
pub mod eap_message;
pub mod enterprises;
pub mod ethertypes;
pub mod general_number;
pub mod gmpls;
pub mod icmp_multipart;
pub mod internet_checksum;
pub mod ip_payload;
pub mod ip_protocols;
pub mod macsec;
pub mod multicast_groups;
pub mod nlpids;
pub mod nsap;
pub mod ntp_time;
pub mod ouis;
pub mod pseudowires;
pub mod route_distinguisher;
pub mod signature;
pub mod txtproto;
pub mod unexplained;
