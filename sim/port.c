#include "sim/port.h"

void port_init(struct port *port, const char *name, struct rate bytes, sim_time latency)
{
    SIM_ASSERT(bytes.per_us != 0);
    *port = (struct port){ .name = name, .bytes = bytes, .latency = latency };
}
