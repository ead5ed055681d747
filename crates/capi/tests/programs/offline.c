/* offline FILE FOLDER: everything that can be done with a savefile, told on standard output. */
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long sum(const u_char *bytes, unsigned n) {
    unsigned long sum = 5381;
    for (unsigned i = 0; i < n; i++) sum = sum * 33 + bytes[i];
    return sum;
}

static void show(const struct pcap_pkthdr *h, const u_char *bytes) {
    printf("%ld.%06ld %u of %u: %lx\n", (long)h->ts.tv_sec, (long)h->ts.tv_usec, h->caplen, h->len, sum(bytes, h->caplen));
}

static pcap_t *handle;
static int left;

static void count(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    (*(int *)user)++;
    show(h, bytes);
    if (left > 0 && --left == 0) pcap_breakloop(handle);
}

static void count_only(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    (void)h, (void)bytes;
    (*(int *)user)++;
}

static pcap_t *opened(const char *path, u_int precision) {
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_open_offline_with_tstamp_precision(path, precision, errbuf);
    if (!p) {
        printf("cannot: %s\n", errbuf);
        exit(0);
    }
    return p;
}

static void ask(const char *path) {
    pcap_t *p = opened(path, PCAP_TSTAMP_PRECISION_MICRO);
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    printf("link %d ext %x snap %d swapped %d version %d.%d precision %d\n", pcap_datalink(p), pcap_datalink_ext(p),
           pcap_snapshot(p), pcap_is_swapped(p), pcap_major_version(p), pcap_minor_version(p),
           pcap_get_tstamp_precision(p));
    printf("file %d fd %d %d\n", pcap_file(p) != NULL, pcap_fileno(p),
           pcap_get_selectable_fd(p) == fileno(pcap_file(p)));
    printf("nonblock %d", pcap_getnonblock(p, errbuf));
    printf(" %d", pcap_setnonblock(p, 1, errbuf));
    printf(" %s\n", errbuf);
    struct pcap_stat stat;
    printf("stats %d", pcap_stats(p, &stat));
    printf(" %s\n", pcap_geterr(p));
    printf("inject %d", pcap_inject(p, "abc", 3));
    printf(" %s\n", pcap_geterr(p));
    printf("send %d", pcap_sendpacket(p, (const u_char *)"abc", 0));
    printf(" %.46s\n", pcap_geterr(p));
    printf("direction %d", pcap_setdirection(p, PCAP_D_OUT));
    printf(" %s\n", pcap_geterr(p));
    printf("rfmon %d\n", pcap_can_set_rfmon(p));
    printf("datalink %d", pcap_set_datalink(p, pcap_datalink(p)));
    printf(" %d", pcap_set_datalink(p, DLT_DOCSIS));
    printf(" %s\n", pcap_geterr(p));
    printf("filter %d", pcap_setfilter(p, &(struct bpf_program){1, (struct bpf_insn[]){{0x7777, 0, 0, 0}}}));
    printf(" %s\n", pcap_geterr(p));
    printf("place %ld\n", ftell(pcap_file(p)));
    pcap_close(p);
}

static void one_by_one(const char *path, u_int precision) {
    pcap_t *p = opened(path, precision);
    struct pcap_pkthdr *h;
    const u_char *bytes;
    int status, pcapng = pcap_major_version(p) == 1;
    while ((status = pcap_next_ex(p, &h, &bytes)) == 1) {
        show(h, bytes);
        /* Where the next record is: a program may seek, or hand the stream on. */
        if (!pcapng) printf("at %ld\n", ftell(pcap_file(p)));
    }
    printf("end %d %s\n", status, status == -1 ? pcap_geterr(p) : "");
    struct pcap_pkthdr header;
    printf("after %d\n", pcap_next(p, &header) == NULL);
    pcap_close(p);
}

static void turns(const char *path) {
    int seen = 0;
    handle = opened(path, PCAP_TSTAMP_PRECISION_MICRO);
    for (int i = 0; i < 4; i++) {
        int got = pcap_dispatch(handle, 2, count, (u_char *)&seen);
        printf("dispatch %d\n", got);
    }
    printf("loop %d\n", pcap_loop(handle, 1, count, (u_char *)&seen));
    left = 3;
    int status = pcap_loop(handle, -1, count, (u_char *)&seen);
    printf("broken %d after %d\n", status, seen);
    left = 0;
    status = pcap_dispatch(handle, 0, count_only, (u_char *)&seen);
    printf("rest %d, in all %d\n", status, seen);
    pcap_breakloop(handle);
    printf("stopped before %d\n", pcap_loop(handle, 0, count_only, (u_char *)&seen));
    printf("end %d\n", pcap_loop(handle, 0, count_only, (u_char *)&seen));
    pcap_close(handle);
}

static void filtered(const char *path) {
    const char *expressions[] = {"ip", "tcp", "udp or icmp", "ip6", "less 100", "ether[0] & 1 = 0"};
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        pcap_t *p = opened(path, PCAP_TSTAMP_PRECISION_MICRO);
        struct bpf_program program;
        int seen = 0;
        int status = pcap_compile(p, &program, expressions[i], 1, PCAP_NETMASK_UNKNOWN);
        if (status == 0) {
            printf("set %d", pcap_setfilter(p, &program));
            pcap_freecode(&program);
            status = pcap_loop(p, -1, count_only, (u_char *)&seen);
        }
        printf("%s: %d %d\n", expressions[i], status, seen);
        pcap_close(p);
    }
}

static void bytes_of(const char *path) {
    FILE *file = fopen(path, "rb");
    static u_char bytes[1 << 22];
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    printf("%zu bytes, %lx\n", n, sum(bytes, n));
}

static void copied(const char *path, const char *folder) {
    char to[4096];
    snprintf(to, sizeof to, "%s/copy", folder);
    for (u_int precision = 0; precision < 2; precision++) {
        pcap_t *p = opened(path, precision);
        pcap_dumper_t *d = pcap_dump_open(p, to);
        if (!d) {
            printf("dump: %s\n", pcap_geterr(p));
            pcap_close(p);
            return;
        }
        printf("begins %ld %ld\n", pcap_dump_ftell(d), (long)pcap_dump_ftell64(d));
        printf("loop %d\n", pcap_loop(p, 5, pcap_dump, (u_char *)d));
        printf("at %ld, flush %d, same %d\n", pcap_dump_ftell(d), pcap_dump_flush(d), pcap_dump_file(d) != NULL);
        /* What others write into the stream goes between. */
        struct pcap_pkthdr mine = {.caplen = 3, .len = 9};
        fwrite("\1\0\0\0\2\0\0\0\3\0\0\0\11\0\0\0abc", 1, 19, pcap_dump_file(d));
        pcap_dump((u_char *)d, &mine, (const u_char *)"xyz");
        pcap_dump_close(d);
        bytes_of(to);
        d = pcap_dump_open_append(p, to);
        printf("append %d %ld\n", d != NULL, d ? pcap_dump_ftell(d) : 0);
        if (!d) exit(0);
        printf("loop %d\n", pcap_loop(p, 5, pcap_dump, (u_char *)d));
        pcap_dump_close(d);
        bytes_of(to);
        pcap_t *other = pcap_open_dead_with_tstamp_precision(pcap_datalink(p), pcap_snapshot(p) + 1, precision);
        printf("append %d", pcap_dump_open_append(other, to) != NULL);
        printf(" %s\n", strrchr(pcap_geterr(other), ':'));
        pcap_close(other);
        other = pcap_open_dead_with_tstamp_precision(pcap_datalink(p) == 1 ? DLT_RAW : 1, pcap_snapshot(p), precision);
        printf("append %d", pcap_dump_open_append(other, to) != NULL);
        printf(" %s\n", strrchr(pcap_geterr(other), ':'));
        pcap_close(other);
        other = pcap_open_dead_with_tstamp_precision(pcap_datalink(p), pcap_snapshot(p), !precision);
        printf("append %d", pcap_dump_open_append(other, to) != NULL);
        printf(" %s\n", strrchr(pcap_geterr(other), ':'));
        printf("open %d", pcap_dump_open(other, "no/such/folder/file") != NULL);
        printf(" %s\n", pcap_geterr(other));
        pcap_close(other);
        pcap_close(p);
    }
    remove(to);
    /* A stream of the program's own, in the middle of which a file begins. */
    FILE *file = tmpfile();
    fputs("preface", file);
    pcap_t *p = opened(path, 0);
    pcap_dumper_t *d = pcap_dump_fopen(p, file);
    printf("fopen %d\n", d != NULL);
    pcap_loop(p, 3, pcap_dump, (u_char *)d);
    pcap_close(p);
    pcap_dump_flush(d);
    fseek(file, 7, SEEK_SET);
    char errbuf[PCAP_ERRBUF_SIZE];
    p = pcap_fopen_offline(file, errbuf);
    int seen = 0;
    printf("again %d", pcap_loop(p, -1, count, (u_char *)&seen));
    printf(" %d\n", seen);
    pcap_close(p);
}

static void nested(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    struct bpf_program program;
    unsigned long before = sum(bytes, h->caplen);
    (*(int *)user)++;
    if (pcap_compile(handle, &program, "tcp", 1, 0) == 0) {
        printf("set %d\n", pcap_setfilter(handle, &program));
        pcap_freecode(&program);
    }
    struct pcap_stat stat;
    printf("stats %d, same bytes %d\n", pcap_stats(handle, &stat), before == sum(bytes, h->caplen));
}

static void again(const char *path) {
    int seen = 0;
    handle = opened(path, PCAP_TSTAMP_PRECISION_MICRO);
    printf("nested %d", pcap_loop(handle, 6, nested, (u_char *)&seen));
    printf(" %d\n", seen);
    pcap_close(handle);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    if (argc != 3) return 2;
    ask(argv[1]);
    one_by_one(argv[1], PCAP_TSTAMP_PRECISION_MICRO);
    one_by_one(argv[1], PCAP_TSTAMP_PRECISION_NANO);
    turns(argv[1]);
    filtered(argv[1]);
    copied(argv[1], argv[2]);
    again(argv[1]);
    return 0;
}
