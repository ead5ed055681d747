/* callbacks FILE: what libpcap leaves undefined and the library here defines. */
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pcap_t *handle;
static int seen;

static void closes(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    (void)user;
    u_char first = bytes[0];
    seen++;
    pcap_close(handle);
    printf("closed, %d bytes left alone %d\n", (int)h->caplen, bytes[0] == first);
}

static void reads(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    (void)user;
    static u_char before[1 << 18];
    struct pcap_pkthdr *other;
    const u_char *others;
    memcpy(before, bytes, h->caplen);
    seen++;
    int status = pcap_next_ex(handle, &other, &others);
    printf("next %d, same %d\n", status, memcmp(before, bytes, h->caplen) == 0);
    if (status == 1) printf("other %u, %d\n", other->caplen, others != bytes);
}

static void loops(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    (void)h, (void)bytes;
    seen++;
    if (*user) {
        *user -= 1;
        printf("inner %d\n", pcap_loop(handle, 1, loops, user));
    }
}

int main(int argc, char **argv) {
    char errbuf[PCAP_ERRBUF_SIZE];
    if (argc != 2) return 2;
    handle = pcap_open_offline(argv[1], errbuf);
    printf("loop %d", pcap_loop(handle, -1, closes, NULL));
    printf(" %d\n", seen);
    handle = pcap_open_offline(argv[1], errbuf);
    seen = 0;
    printf("loop %d", pcap_loop(handle, 3, reads, NULL));
    printf(" %d\n", seen);
    u_char deep = 3;
    printf("loop %d", pcap_loop(handle, 1, loops, &deep));
    printf(" %d\n", seen);
    printf("none %d\n", pcap_loop(handle, 1, NULL, NULL));
    pcap_close(handle);
    /* Null where the manual promises nothing. */
    pcap_close(NULL);
    pcap_freecode(NULL);
    pcap_freealldevs(NULL);
    pcap_breakloop(NULL);
    pcap_free_datalinks(NULL);
    printf("%d %d %d\n", pcap_activate(NULL), pcap_datalink(NULL), pcap_loop(NULL, 1, reads, NULL));
    printf("%d %d\n", pcap_geterr(NULL) == NULL, pcap_dump_open(NULL, "x") == NULL);
    handle = pcap_open_dead(1, 100);
    printf("%d %d\n", pcap_compile(handle, NULL, "ip", 1, 0), pcap_setfilter(handle, NULL));
    printf("%d %d\n", pcap_open_offline("no/such/file", NULL) == NULL, bpf_validate(NULL, 5));
    pcap_close(handle);
    return 0;
}
