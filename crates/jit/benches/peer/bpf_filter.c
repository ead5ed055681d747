/*
 * Times libpcap's machine for the module beside this file: bpf_filter PACKETS, then one program (-ddd text) per
 * request on standard input. Answers each with nanoseconds of processor time for one packet, and the hits.
 *
 * PACKETS holds each packet behind its length, four bytes in host order.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MOST 4096

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static struct bpf_insn *read_program(void)
{
	unsigned count, code, jt, jf, k;
	struct bpf_insn *list;

	if (scanf("%u", &count) != 1 || !(list = calloc(count, sizeof(*list))))
		return NULL;
	for (unsigned i = 0; i < count; i++) {
		if (scanf("%u %u %u %u", &code, &jt, &jf, &k) != 4)
			exit(1);
		list[i] = (struct bpf_insn) { code, jt, jf, k };
	}
	return list;
}

int main(int argc, char **argv)
{
	static unsigned char *packets[MOST];
	static unsigned lengths[MOST];
	unsigned count = 0;
	struct bpf_insn *list;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;

	if (!file)
		return 1;
	while (count < MOST && fread(&lengths[count], 4, 1, file) == 1) {
		packets[count] = malloc(lengths[count]);
		if (fread(packets[count], 1, lengths[count], file) != lengths[count])
			return 1;
		count++;
	}
	while ((list = read_program())) {
		unsigned long hits, rounds = 0;
		double begin = now(), spent;

		do {
			for (unsigned round = 0; round < 16; round++) {
				hits = 0;
				for (unsigned i = 0; i < count; i++)
					hits += bpf_filter(list, packets[i], lengths[i], lengths[i]) != 0;
			}
			rounds += 16;
		} while ((spent = now() - begin) < 5e6);
		printf("%f %lu\n", spent / ((double)rounds * count), hits);
		fflush(stdout);
		free(list);
	}
	return 0;
}
