/* Where programs of long ago look for pcap/bpf.h. */
#include <pcap/bpf.h>
