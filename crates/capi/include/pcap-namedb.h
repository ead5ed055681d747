/* Where programs of long ago look for pcap/namedb.h. */
#include <pcap/namedb.h>
