/* tools/live_devices.c -- `pinna live devices`: lists what there is */
#include "tools/command.h"
#include "tools/device.h"
#include "tools/json_writer.h"
#include "tools/live.h"
#include "tools/options.h"
#include "tools/progress.h"

#include <stdio.h>

static const pinna_usage usage = {
    .command = "live devices",
    .synopsis = "[options]",
    .summary = "List the sound devices: number, API, name, channels, the "
               "latencies that the driver\nsuggests and the sample rates that "
               "it takes. * marks what is used when no device is\nnamed.",
    .examples = "  pinna live devices\n"
                "  pinna live devices --json\n",
};

/* The usual ones, Hz. */
static const double rates[] = {8000, 16000, 32000, 44100, 48000, 96000, 192000};
enum { N_RATES = sizeof rates / sizeof *rates };

static const char *const side_names[] = {"input", "output"};

static void print_side(size_t index, pinna_device_side side,
                       const pinna_device_ability *ability)
{
    printf("    %c %-6s  %3zu channel%s, %.1f to %.1f ms,",
           ability->by_default ? '*' : ' ', side_names[side],
           ability->n_channels, ability->n_channels > 1 ? "s" : "",
           1e3 * ability->low_s, 1e3 * ability->high_s);
    for (size_t i = 0; i < N_RATES; i++)
        if (pinna_device_takes_rate(index, side, rates[i]))
            printf(" %g", rates[i]);
    puts(" Hz");
}

static void print_device(size_t index, const pinna_device *device)
{
    printf("%3zu  %s: %s (%g Hz)\n", index, device->api, device->name,
           device->rate);
    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++)
        if (device->sides[side].n_channels > 0)
            print_side(index, (pinna_device_side)side, &device->sides[side]);
}

static void write_side(pinna_json *json, size_t index, pinna_device_side side,
                       const pinna_device_ability *ability)
{
    pinna_json_open(json, side_names[side], '{');
    pinna_json_count(json, "channels", ability->n_channels);
    pinna_json_number(json, "low_latency_ms", 1e3 * ability->low_s, 3);
    pinna_json_number(json, "high_latency_ms", 1e3 * ability->high_s, 3);
    pinna_json_bool(json, "default", ability->by_default);
    pinna_json_open(json, "rates", '[');
    for (size_t i = 0; i < N_RATES; i++)
        if (pinna_device_takes_rate(index, side, rates[i]))
            pinna_json_number(json, NULL, rates[i], 0);
    pinna_json_close(json, ']');
    pinna_json_close(json, '}');
}

static void write_device(pinna_json *json, size_t index,
                         const pinna_device *device)
{
    pinna_json_open(json, NULL, '{');
    pinna_json_count(json, "number", index);
    pinna_json_string(json, "api", device->api);
    pinna_json_string(json, "name", device->name);
    pinna_json_number(json, "rate", device->rate, 0);
    for (int side = 0; side < PINNA_DEVICE_N_SIDES; side++)
        if (device->sides[side].n_channels > 0)
            write_side(json, index, (pinna_device_side)side,
                       &device->sides[side]);
    pinna_json_close(json, '}');
}

static void list(bool machine)
{
    const size_t n = pinna_devices_count();
    pinna_json json = {.file = stdout};
    pinna_device device;

    if (machine)
        pinna_json_open(&json, NULL, '[');
    for (size_t i = 0; i < n; i++) {
        pinna_device_get(i, &device);
        if (machine)
            write_device(&json, i, &device);
        else
            print_device(i, &device);
    }
    if (machine)
        pinna_json_close(&json, ']');
    else if (n == 0)
        pinna_message("pinna live devices: there are none");
}

int pinna_live_devices(int argc, char **argv)
{
    bool json = false;
    pinna_error error;
    const pinna_option options[] = {
        {"json", 0, NULL, "as JSON", .flag = &json},
    };

    if (argc > 1) {
        const int code =
            pinna_options_parse(&usage, options, 1, argc, argv, NULL);
        if (code >= 0)
            return code;
    }
    if (pinna_devices_open(&error)) {
        pinna_message("pinna live devices: %s", error.text);
        return PINNA_EXIT_START;
    }
    list(json);
    pinna_devices_close();
    return PINNA_EXIT_DONE;
}
