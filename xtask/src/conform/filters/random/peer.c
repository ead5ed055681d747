/*
 * Asks the installed libpcap for programs, one filter per line of the input:
 *
 *     MODE LINKTYPE SNAPLEN NETMASK TEXT
 *
 * MODE is `f` for a savefile of this machine's byte order, `s` for one of the other order, `d` for neither a savefile nor a capture, `e` for
 * a live capture on Ethernet (of whole packets); as a capital letter, it asks for an optimised program. All numbers are decimal. The answer is the program as `tcpdump -ddd` lists it, or a line with `!` and what libpcap says.
 *
 * libpcap's headers need not be there: what is used of its interface stands here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct insn { uint16_t code; uint8_t jt, jf; uint32_t k; };
struct program { unsigned int length; struct insn *list; };
extern void *pcap_fopen_offline(FILE *, char *);
extern void *pcap_open_dead(int, int);
extern void *pcap_open_live(const char *, int, int, int, char *);
extern int pcap_compile(void *, struct program *, const char *, int, uint32_t);
extern char *pcap_geterr(void *);
extern void pcap_freecode(struct program *);
extern void pcap_close(void *);

static void refuse(const char *why)
{
	putchar('!');
	for (; *why; why++)
		putchar(*why == '\n' ? ' ' : *why);
	putchar('\n');
}

/* A savefile without packets. */
static void *saved(int swapped, uint32_t link, uint32_t snaplen, char *error)
{
	static uint8_t file[24];
	uint32_t words[6] = { 0xa1b2c3d4, 0, 0, 0, snaplen, link };
	uint16_t version[2] = { 2, 4 };
	int i;

	if (swapped)
		for (i = 0; i < 6; i++)
			words[i] = __builtin_bswap32(words[i]);
	if (swapped)
		for (i = 0; i < 2; i++)
			version[i] = __builtin_bswap16(version[i]);
	memcpy(file, words, sizeof words);
	memcpy(file + 4, version, sizeof version);
	FILE *stream = fmemopen(file, sizeof file, "rb");
	if (!stream) {
		strcpy(error, "no memory");
		return 0;
	}
	void *handle = pcap_fopen_offline(stream, error);
	if (!handle)
		fclose(stream);
	return handle;
}

int main(void)
{
	static char error[4096];
	void *live = 0;
	char *line = 0;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char mode;
		unsigned long link, snaplen, netmask;
		int text = 0;
		struct program program;

		line[strcspn(line, "\n")] = 0;
		if (sscanf(line, "%c %lu %lu %lu %n", &mode, &link, &snaplen, &netmask, &text) < 4)
			return 1;
		int optimise = mode < 'a';
		mode |= 0x20;
		if (mode == 'e' && !live)
			live = pcap_open_live("lo", 262144, 0, 10, error);
		void *handle = mode == 'e' ? live
			: mode == 'd' ? pcap_open_dead((int)link, (int)snaplen)
			: saved(mode == 's', link, snaplen, error);
		if (!handle)
			refuse(error);
		else if (pcap_compile(handle, &program, line + text, optimise, netmask) < 0)
			refuse(pcap_geterr(handle));
		else {
			printf("%u\n", program.length);
			for (unsigned int i = 0; i < program.length; i++) {
				struct insn in = program.list[i];
				printf("%u %u %u %u\n", in.code, in.jt, in.jf, in.k);
			}
			pcap_freecode(&program);
		}
		if (handle && handle != live)
			pcap_close(handle);
		fflush(stdout);
	}
	return 0;
}
