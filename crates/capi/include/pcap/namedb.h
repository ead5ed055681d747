/* Names and numbers. What is handed out is said in the manual page pcap(3PCAP) of libpcap, as far as it is. */
#ifndef lib_pcap_namedb_h
#define lib_pcap_namedb_h

#include <stdio.h>

#include <pcap/bpf.h>

#ifdef __cplusplus
extern "C" {
#endif

struct addrinfo;

/* A line of a table of link-layer addresses. */
struct pcap_etherent {
    u_char addr[6];
    char name[122];
};
#ifndef PCAP_ETHERS_FILE
#define PCAP_ETHERS_FILE "/etc/ethers"
#endif

/* What stays until the next call. */
struct pcap_etherent *pcap_next_etherent(FILE *);
/* What is to be freed. */
u_char *pcap_ether_hostton(const char *);
u_char *pcap_ether_aton(const char *);

/* No protocol, or any. */
#define PROTO_UNDEF -1

bpf_u_int32 **pcap_nametoaddr(const char *);
struct addrinfo *pcap_nametoaddrinfo(const char *);
bpf_u_int32 pcap_nametonetaddr(const char *);
int pcap_nametoport(const char *, int *, int *);
int pcap_nametoportrange(const char *, int *, int *, int *);
int pcap_nametoproto(const char *);
int pcap_nametoeproto(const char *);
int pcap_nametollc(const char *);

#ifdef __cplusplus
}
#endif

#endif
