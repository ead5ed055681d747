/* What can be asked of the library without a packet: names, numbers, words, programs, handles for nothing. */
#include <netdb.h>
#include <pcap.h>
#include <pcap/namedb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *shown(const char *text) { return text ? text : "(null)"; }

static void links(void) {
    const char *names[] = {"EN10MB", "en10mb", "LINUX_SLL", "RAW", "nothing", "IEEE802_11_RADIO", "DOCSIS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        printf("%s is %d\n", names[i], pcap_datalink_name_to_val(names[i]));
    int numbers[] = {-1, 0, 1, 9, 12, 50, 100, 101, 105, 113, 127, 143, 147, 276, 9999};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        printf("%d is %s, %s, %s\n", numbers[i], shown(pcap_datalink_val_to_name(numbers[i])),
               shown(pcap_datalink_val_to_description(numbers[i])),
               pcap_datalink_val_to_description_or_dlt(numbers[i]));
}

static void stamps(void) {
    for (int i = -1; i < 7; i++)
        printf("%d: %s, %s\n", i, shown(pcap_tstamp_type_val_to_name(i)),
               shown(pcap_tstamp_type_val_to_description(i)));
    printf("%d %d %d\n", pcap_tstamp_type_name_to_val("adapter"), pcap_tstamp_type_name_to_val("HOST"),
           pcap_tstamp_type_name_to_val("sundial"));
}

static void names(void) {
    const char *ports[] = {"http", "80", "domain", "no-such-port"};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++) {
        int port = -7, proto = -7;
        int found = pcap_nametoport(ports[i], &port, &proto);
        printf("port %s: %d", ports[i], found);
        if (found) printf(" %d %d", port, proto);
        puts("");
    }
    const char *ranges[] = {"80-90", "http-https", "domain"};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int from = -7, to = -7, proto = -7;
        int found = pcap_nametoportrange(ranges[i], &from, &to, &proto);
        printf("range %s: %d %d %d %d\n", ranges[i], found, from, to, proto);
    }
    printf("%d %d %d\n", pcap_nametoproto("tcp"), pcap_nametoproto("udp"), pcap_nametoproto("no-such-protocol"));
    printf("%d %d %d\n", pcap_nametoeproto("arp"), pcap_nametoeproto("ip6"), pcap_nametoeproto("nothing"));
    printf("%d %d %d\n", pcap_nametollc("iso"), pcap_nametollc("stp"), pcap_nametollc("nothing"));
    const char *addresses[] = {"aa:bb:cc:dd:ee:0f", "aabb.ccdd.ee0f", "aabbccddee0f", "a-b-c-d-e-f"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        u_char *e = pcap_ether_aton(addresses[i]);
        printf("%s: %02x%02x%02x%02x%02x%02x\n", addresses[i], e[0], e[1], e[2], e[3], e[4], e[5]);
        free(e);
    }
    printf("%p\n", (void *)pcap_ether_hostton("no-such-host-in-ethers"));
    struct addrinfo *info = pcap_nametoaddrinfo("127.0.0.1");
    printf("family %d\n", info ? info->ai_family : -1);
    if (info) freeaddrinfo(info);
    bpf_u_int32 **hosts = pcap_nametoaddr("127.0.0.1");
    printf("%08x %d\n", hosts ? *hosts[0] : 0, hosts ? hosts[1] == NULL : -1);
    FILE *table = tmpfile();
    fputs("# ethers\n00:01:02:03:04:05 alpha # one\n\nnot an address\n0:1:2:a:b:c\tbeta\n", table);
    rewind(table);
    for (struct pcap_etherent *e; (e = pcap_next_etherent(table));)
        printf("%02x..%02x %s\n", e->addr[0], e->addr[5], e->name);
    fclose(table);
}

static void words(void) {
    for (int i = -12; i < 5; i++) printf("%d: %s\n", i, pcap_statustostr(i));
    printf("%s, %s\n", pcap_strerror(2), pcap_strerror(13));
    char errbuf[PCAP_ERRBUF_SIZE] = "untouched";
    printf("init %d %s\n", pcap_init(77, errbuf), errbuf);
    errbuf[0] = 0;
    printf("open %d", pcap_open_offline("no/such/file", errbuf) == NULL);
    printf(" %s\n", errbuf);
    printf("open %d", pcap_open_offline(NULL, errbuf) == NULL);
    printf(" %s\n", errbuf);
    printf("open %d", pcap_open_offline_with_tstamp_precision("/dev/null", 5, errbuf) == NULL);
    printf(" %s\n", errbuf);
    printf("open %d", pcap_open_offline("/dev/null", errbuf) == NULL);
    printf(" %s\n", errbuf);
    char long_name[600];
    memset(long_name, 'x', sizeof long_name);
    long_name[599] = 0;
    printf("open %d", pcap_open_offline(long_name, errbuf) == NULL);
    printf(" %zu\n", strlen(errbuf));
    /* Not through the library's own loop of packets: a truncated file and something else altogether. */
    FILE *file = tmpfile();
    fwrite("\xd4\xc3\xb2\xa1\2\0\4\0", 1, 8, file);
    rewind(file);
    printf("open %d", pcap_fopen_offline(file, errbuf) == NULL);
    printf(" %.50s\n", errbuf);
    fclose(file);
    file = tmpfile();
    fputs("this is a text and nothing else, is it not", file);
    rewind(file);
    printf("open %d", pcap_fopen_offline(file, errbuf) == NULL);
    printf(" %s\n", errbuf);
    fclose(file);
}

static const char *expressions[] = {
    "", "ip", "tcp port 80", "host 1.2.3.4", "net 10.0.0.0/8 and not udp", "ether host 1:2:3:4:5:6",
    "ip broadcast", "tcp[tcpflags] & tcp-syn != 0", "ip6 and icmp6", "vlan 5 and tcp", "tcp port nonsense",
    "host", "tcp and (udp", "len > 100", "ip[300000:9]",
};

static void programs(void) {
    pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
    static u_char packet[64] = {1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0,
                                1, 2, 3, 4, 10, 0, 0, 255, 0, 80, 3, 232, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2};
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
        for (int optimise = 0; optimise < 2; optimise++) {
            struct bpf_program program;
            int status = pcap_compile(p, &program, expressions[i], optimise, 0xffffff00);
            printf("[%s] %d", expressions[i], status);
            if (status) {
                puts("");
                continue;
            }
            struct pcap_pkthdr header = {.caplen = 64, .len = 128};
            printf(" %d", pcap_offline_filter(&program, &header, packet) != 0);
            header.caplen = 20;
            printf(" %d", pcap_offline_filter(&program, &header, packet) != 0);
            printf(" %d", bpf_filter(program.bf_insns, packet, 128, 64) != 0);
            printf(" %d", bpf_validate(program.bf_insns, program.bf_len));
            printf(" %d\n", bpf_validate(program.bf_insns, program.bf_len - 1));
            pcap_freecode(&program);
            pcap_freecode(&program);
            printf("%u %d\n", program.bf_len, program.bf_insns == NULL);
        }
    printf("%u\n", bpf_filter(NULL, packet, 64, 64));
    struct bpf_insn instructions[] = {
        BPF_STMT(BPF_LD + BPF_H + BPF_ABS, 12),
        BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, 0x800, 0, 3),
        BPF_STMT(BPF_LDX + BPF_B + BPF_MSH, 14),
        BPF_STMT(BPF_LD + BPF_B + BPF_IND, 15),
        BPF_STMT(BPF_RET + BPF_A, 0),
        BPF_STMT(BPF_RET + BPF_K, 7),
    };
    struct bpf_program mine = {.bf_len = 6, .bf_insns = instructions};
    for (int i = 0; i < 6; i++) puts(bpf_image(&instructions[i], i));
    fflush(stdout);
    for (int form = 1; form < 4; form++) bpf_dump(&mine, form);
    printf("%u %u\n", bpf_filter(instructions, packet, 64, 64), bpf_filter(instructions, packet, 64, 13));
    instructions[1].k = 0x806;
    printf("%u\n", bpf_filter(instructions, packet, 64, 64));
    instructions[1].jf = 9;
    printf("%d\n", bpf_validate(instructions, 6));
    struct bpf_program program;
    printf("%d\n", pcap_compile_nopcap(96, DLT_RAW, &program, "icmp", 1, 0));
    printf("%u\n", program.bf_insns[program.bf_len - 2].k);
    pcap_freecode(&program);
    printf("%d\n", pcap_compile_nopcap(96, DLT_RAW, &program, "icmp and", 1, 0));
    pcap_close(p);
    p = pcap_open_dead(DLT_EN10MB, 0);
    printf("%d %s\n", pcap_compile(p, &program, "ip", 1, 0), pcap_geterr(p));
    pcap_close(p);
}

static void dead(void) {
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_open_dead_with_tstamp_precision(DLT_LINUX_SLL, 1000, PCAP_TSTAMP_PRECISION_NANO);
    printf("%d %d %d %d\n", pcap_datalink(p), pcap_snapshot(p), pcap_get_tstamp_precision(p), pcap_datalink_ext(p));
    printf("%d %d\n", pcap_is_swapped(p), pcap_file(p) == NULL);
    printf("%d", pcap_next(p, &(struct pcap_pkthdr){0}) == NULL);
    printf(" %s\n", pcap_geterr(p));
    struct pcap_stat stat;
    printf("%d", pcap_stats(p, &stat));
    printf(" %s\n", pcap_geterr(p));
    printf("%d", pcap_inject(p, "x", 1));
    printf(" %s\n", pcap_geterr(p));
    printf("%d", pcap_setdirection(p, PCAP_D_IN));
    printf(" %s\n", pcap_geterr(p));
    printf("%d", pcap_getnonblock(p, errbuf));
    printf(" %s\n", errbuf);
    printf("%d", pcap_can_set_rfmon(p));
    printf(" %s\n", pcap_geterr(p));
    printf("%d", pcap_activate(p));
    printf(" %s\n", pcap_geterr(p));
    printf("%d", pcap_set_snaplen(p, 5));
    printf(" %s\n", pcap_geterr(p));
    int *list;
    int count = pcap_list_datalinks(p, &list);
    printf("%d %d\n", count, count > 0 ? list[0] : -1);
    if (count > 0) pcap_free_datalinks(list);
    pcap_close(p);
    p = pcap_open_dead_with_tstamp_precision(1, 100, 9);
    printf("%d\n", pcap_get_tstamp_precision(p));
    pcap_close(p);
}

static void idle(void) {
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create("no-such-device", errbuf);
    struct pcap_pkthdr *header;
    const u_char *bytes;
    printf("%d\n", pcap_next_ex(p, &header, &bytes));
    printf("%s\n", pcap_geterr(p));
    printf("%d %d %d\n", pcap_datalink(p), pcap_snapshot(p), pcap_is_swapped(p));
    struct bpf_program program;
    printf("%d %s\n", pcap_compile(p, &program, "ip", 1, 0), pcap_geterr(p));
    printf("%d %d %d %d %d\n", pcap_set_snaplen(p, 100), pcap_set_promisc(p, 1), pcap_set_timeout(p, 10),
           pcap_set_buffer_size(p, 1 << 20), pcap_set_immediate_mode(p, 1));
    printf("%d %d\n", pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO), pcap_get_tstamp_precision(p));
    printf("%d\n", pcap_set_tstamp_precision(p, 9));
    printf("%d\n", pcap_setnonblock(p, 1, errbuf));
    printf("%d\n", pcap_getnonblock(p, errbuf));
    printf("%d\n", pcap_dump_open(p, "never-written") == NULL);
    printf("%s\n", pcap_geterr(p));
    pcap_close(p);
    p = pcap_create(NULL, errbuf);
    pcap_breakloop(p);
    pcap_close(p);
    pcap_close(pcap_open_dead(1, 1));
}

int main(void) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    links();
    stamps();
    names();
    words();
    programs();
    dead();
    idle();
    return 0;
}
