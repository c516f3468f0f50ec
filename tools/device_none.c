#include "tools/device.h"

pinna_status pinna_devices_open(pinna_error *error)
{
    return pinna_fail(error, PINNA_UNSUPPORTED,
                      "this pinna was built without PortAudio");
}

void pinna_devices_close(void)
{
}

size_t pinna_devices_count(void)
{
    return 0;
}

/* What follows is for those that could open(). */

void pinna_device_get(size_t index, pinna_device *device)
{
    (void)index;
    *device = (pinna_device){.rate = 0};
}

bool pinna_device_takes_rate(size_t index, pinna_device_side side, double rate)
{
    (void)index;
    (void)side;
    (void)rate;
    return false;
}

pinna_status pinna_device_find(const char *text, pinna_device_side side,
                               size_t *index, pinna_error *error)
{
    (void)text;
    (void)side;
    (void)index;
    return pinna_devices_open(error);
}

pinna_status pinna_device_stream_open(const pinna_device_config *config,
                                      pinna_device_stream **out,
                                      pinna_error *error)
{
    (void)config;
    *out = NULL;
    return pinna_devices_open(error);
}

void pinna_device_stream_close(pinna_device_stream *stream)
{
    (void)stream;
}

bool pinna_device_stream_abandon(pinna_device_stream *stream)
{
    (void)stream;
    return false;
}

bool pinna_device_stream_runs(pinna_device_stream *stream)
{
    (void)stream;
    return false;
}

double pinna_device_stream_latency_s(const pinna_device_stream *stream,
                                     pinna_device_side side)
{
    (void)stream;
    (void)side;
    return 0;
}

double pinna_device_stream_load(pinna_device_stream *stream)
{
    (void)stream;
    return 0;
}
