/* live: captures on lo, in a network of its own, what it sends there itself. */
#include <arpa/inet.h>
#include <errno.h>
#include <netpacket/packet.h>
#include <pcap.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pcap_t *handle;
static int sender;
static struct sockaddr_in to;

static void send_to(int port, const char *text) {
    to.sin_port = htons(port);
    if (sendto(sender, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to) < 0) printf("send: %s\n", strerror(errno));
}

static pcap_t *opened(int timeout, const char *expression) {
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create("lo", errbuf);
    pcap_set_snaplen(p, 2000);
    pcap_set_timeout(p, timeout);
    pcap_set_promisc(p, 1);
    int status = pcap_activate(p);
    printf("activate %d %s link %d snap %d\n", status, pcap_geterr(p), pcap_datalink(p), pcap_snapshot(p));
    if (status < 0) exit(1);
    struct bpf_program program;
    printf("compile %d", pcap_compile(p, &program, expression, 1, PCAP_NETMASK_UNKNOWN));
    printf(" set %d\n", pcap_setfilter(p, &program));
    pcap_freecode(&program);
    return p;
}

static void show(u_char *user, const struct pcap_pkthdr *h, const u_char *bytes) {
    int *left = (int *)user;
    printf("%u of %u: %.*s\n", h->caplen, h->len, (int)h->caplen - 42, bytes + 42);
    if (left && --*left == 0) pcap_breakloop(handle);
}

static void settings(void) {
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = opened(50, "udp port 9999");
    int *list, count = pcap_list_datalinks(p, &list);
    for (int i = 0; i < count; i++) printf("link %d\n", list[i]);
    pcap_free_datalinks(list);
    printf("datalink %d", pcap_set_datalink(p, DLT_RAW));
    printf(" %s\n", pcap_geterr(p));
    printf("snaplen %d", pcap_set_snaplen(p, 1));
    printf(" %s\n", pcap_geterr(p));
    printf("activate %d\n", pcap_activate(p));
    printf("swapped %d, file %d, version %d.%d\n", pcap_is_swapped(p), pcap_file(p) != NULL, pcap_major_version(p),
           pcap_minor_version(p));
    printf("fd %d, timeout %d\n", pcap_fileno(p) == pcap_get_selectable_fd(p),
           pcap_get_required_select_timeout(p) != NULL);
    printf("nonblock %d", pcap_getnonblock(p, errbuf));
    printf(" %d", pcap_setnonblock(p, 1, errbuf));
    printf(" %d\n", pcap_getnonblock(p, errbuf));
    struct pcap_pkthdr *h;
    const u_char *bytes;
    printf("nothing %d %d %d\n", pcap_dispatch(p, -1, show, NULL), pcap_next_ex(p, &h, &bytes), pcap_next(p, &(struct pcap_pkthdr){0}) == NULL);
    printf("direction %d", pcap_setdirection(p, 77));
    printf(" %s\n", pcap_geterr(p));
    pcap_close(p);
    p = pcap_open_live("no-such-device", 100, 0, 10, errbuf);
    printf("open %d %s\n", p != NULL, errbuf);
    p = pcap_create("no-such-device", errbuf);
    printf("activate %d", pcap_activate(p));
    printf(" %s\n", pcap_geterr(p));
    pcap_close(p);
    p = pcap_create("lo", errbuf);
    printf("rfmon %d", pcap_can_set_rfmon(p));
    count = pcap_list_tstamp_types(p, &list);
    printf(" stamps %d %d", count, list[0]);
    pcap_free_tstamp_types(list);
    printf(" set %d %d %d", pcap_set_tstamp_type(p, PCAP_TSTAMP_HOST), pcap_set_tstamp_type(p, 77),
           pcap_set_tstamp_type(p, PCAP_TSTAMP_ADAPTER));
    printf(" %d", pcap_set_rfmon(p, 1));
    printf(" activate %d\n", pcap_activate(p));
    pcap_close(p);
    p = pcap_open_live("any", 100, 0, 10, errbuf);
    printf("any %d\n", pcap_datalink(p));
    printf("choose %d %d\n", pcap_set_datalink(p, DLT_LINUX_SLL2), pcap_datalink(p));
    printf("inject %d %s\n", pcap_inject(p, "0123456789abcdef", 16), pcap_geterr(p));
    pcap_close(p);
}

static void packets(void) {
    pcap_t *p = handle = opened(50, "udp dst port 9001");
    int left = 3;
    for (int i = 0; i < 5; i++) {
        char text[20];
        snprintf(text, sizeof text, "number %d", i);
        send_to(9001, text);
        send_to(9002, "for others");
    }
    printf("loop %d\n", pcap_loop(p, 2, show, NULL));
    printf("broken %d\n", pcap_loop(p, -1, show, (u_char *)&left));
    struct pcap_stat stat;
    printf("stats %d", pcap_stats(p, &stat));
    /* On lo, one may count what is sent and what is received, or only the latter. */
    printf(" %d %u %u\n", stat.ps_recv >= 5, stat.ps_drop, stat.ps_ifdrop);
    send_to(9001, "for next");
    struct pcap_pkthdr *h;
    const u_char *bytes;
    int status;
    while ((status = pcap_next_ex(p, &h, &bytes)) == 0) {}
    printf("next %d\n", status);
    show(NULL, h, bytes);
    /* Another filter: what comes from now on has passed it. */
    send_to(9001, "before");
    struct bpf_program program;
    pcap_compile(p, &program, "udp dst port 9002", 1, PCAP_NETMASK_UNKNOWN);
    printf("set %d\n", pcap_setfilter(p, &program));
    pcap_freecode(&program);
    send_to(9001, "between");
    send_to(9002, "after");
    printf("loop %d\n", pcap_loop(p, 1, show, NULL));
    /* A program that no kernel takes: it goes backward. */
    printf("compile %d", pcap_compile(p, &program, "ip protochain 17 and dst port 9003", 1, PCAP_NETMASK_UNKNOWN));
    printf(" set %d\n", pcap_setfilter(p, &program));
    pcap_freecode(&program);
    send_to(9001, "not this");
    send_to(9003, "but this");
    printf("loop %d\n", pcap_loop(p, 1, show, NULL));
    pcap_close(p);
}

static void waiting(void) {
    char errbuf[PCAP_ERRBUF_SIZE];
    pcap_t *p = opened(10, "udp dst port 9004");
    pcap_setnonblock(p, 1, errbuf);
    send_to(9004, "polled for");
    struct pollfd fd = {.fd = pcap_get_selectable_fd(p), .events = POLLIN};
    printf("poll %d\n", poll(&fd, 1, 2000));
    printf("dispatch %d\n", pcap_dispatch(p, -1, show, NULL));
    printf("dispatch %d\n", pcap_dispatch(p, -1, show, NULL));
    pcap_close(p);
}

static void sending(void) {
    pcap_t *p = opened(10, "ether proto 0x88b5");
    u_char frame[60] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, 'h', 'i'};
    printf("inject %d", pcap_inject(p, frame, sizeof frame));
    printf(" send %d", pcap_sendpacket(p, frame, sizeof frame));
    printf(" none %d", pcap_inject(p, frame, 0));
    printf(" %.51s\n", pcap_geterr(p));
    struct pcap_pkthdr *h;
    const u_char *bytes;
    for (int i = 0, status; i < 2; i++) {
        while ((status = pcap_next_ex(p, &h, &bytes)) == 0) {}
        printf("got %d %u %.2s\n", status, h->caplen, bytes + 14);
    }
    pcap_close(p);
}

static void on_alarm(int number) {
    (void)number;
    pcap_breakloop(handle);
}

static void *other_thread(void *arg) {
    usleep(200000);
    pcap_breakloop(arg);
    return NULL;
}

static void stopping(void) {
    /* No time limit: it waits until it is stopped. */
    handle = opened(0, "udp dst port 9005");
    signal(SIGALRM, on_alarm);
    alarm(1);
    printf("by a signal %d\n", pcap_loop(handle, -1, show, NULL));
    pthread_t thread;
    pthread_create(&thread, NULL, other_thread, handle);
    printf("by a thread %d\n", pcap_loop(handle, -1, show, NULL));
    pthread_join(thread, NULL);
    pcap_breakloop(handle);
    printf("before %d\n", pcap_dispatch(handle, -1, show, NULL));
    pcap_close(handle);
}

static void devices(void) {
    char errbuf[PCAP_ERRBUF_SIZE];
    pcap_if_t *all;
    printf("find %d\n", pcap_findalldevs(&all, errbuf));
    for (pcap_if_t *d = all; d; d = d->next) {
        if (strcmp(d->name, "lo") && strcmp(d->name, "any")) continue;
        printf("%s (%s) %x\n", d->name, d->description ? d->description : "", d->flags);
        for (pcap_addr_t *a = d->addresses; a; a = a->next) {
            printf("family %d %d %d %d", a->addr->sa_family, a->netmask != NULL, a->broadaddr != NULL, a->dstaddr != NULL);
            if (a->addr->sa_family == AF_INET)
                printf(" %s", inet_ntoa(((struct sockaddr_in *)a->addr)->sin_addr));
            if (a->addr->sa_family == AF_PACKET) {
                struct sockaddr_ll *l = (struct sockaddr_ll *)a->addr;
                printf(" %d %d %d", l->sll_ifindex, l->sll_hatype, l->sll_halen);
            }
            puts("");
        }
    }
    pcap_freealldevs(all);
    bpf_u_int32 net, mask;
    printf("net %d", pcap_lookupnet("lo", &net, &mask, errbuf));
    printf(" %08x %08x\n", net, mask);
    printf("net %d\n", pcap_lookupnet("any", &net, &mask, errbuf));
    printf("net %d\n", pcap_lookupnet("no-such-device", &net, &mask, errbuf));
    char *name = pcap_lookupdev(errbuf);
    printf("first %s\n", name ? name : errbuf);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    sender = socket(AF_INET, SOCK_DGRAM, 0);
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* Nobody answers, and nobody complains that nobody does. */
    for (int port = 9001; port < 9006; port++) {
        int sink = socket(AF_INET, SOCK_DGRAM, 0);
        to.sin_port = htons(port);
        if (bind(sink, (struct sockaddr *)&to, sizeof to)) printf("bind: %s\n", strerror(errno));
    }
    settings();
    devices();
    packets();
    waiting();
    sending();
    stopping();
    return 0;
}
