/* libpcap's interface. */
#include <pcap/pcap.h>
