/* tests/clap_apply.c -- a sound file through a CLAP plugin
 *
 *     clap_apply FILE.clap ID IN OUT [PARAM=VALUE]...
 *
 * Blocks of 480 samples. OUT is in time with IN: what comes before the reported
 * latency is left out. A parameter goes by its name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clap_host.h"
#include "datasets/audio_file.h"

enum { BLOCK = 480, MAX_CHANNELS = 8 };

static void die(const char *what)
{
    fprintf(stderr, "clap_apply: %s\n", what);
    exit(1);
}

static void must(pinna_status status, const pinna_error *error)
{
    if (status)
        die(error->text);
}

static void set_param(clap_guest *guest, const char *text)
{
    const char *equals = strchr(text, '=');
    const size_t n_name = equals ? (size_t)(equals - text) : 0;
    const uint32_t n = guest->params->count(guest->plugin);

    for (uint32_t p = 0; p < n; p++) {
        clap_param_info_t info;
        clap_change change = {0};
        guest->params->get_info(guest->plugin, p, &info);
        if (strlen(info.name) != n_name || memcmp(info.name, text, n_name) != 0)
            continue;
        change.id = info.id;
        if (!guest->params->text_to_value(guest->plugin, info.id, equals + 1,
                                          &change.value))
            die(text);
        clap_guest_flush(guest, &change, 1);
        return;
    }
    die(text);
}

static void apply(clap_guest *guest, const char *in, const char *out)
{
    static float samples[MAX_CHANNELS][BLOCK];
    float *channels[MAX_CHANNELS];
    pinna_audio_reader *reader;
    pinna_audio_writer *writer;
    pinna_audio_info info;
    pinna_error error;

    for (size_t c = 0; c < MAX_CHANNELS; c++)
        channels[c] = samples[c];
    must(pinna_audio_reader_open(in, &reader, &info, &error), &error);
    if (info.n_channels > MAX_CHANNELS)
        die("too many channels");
    must(pinna_audio_writer_open(out, info.sample_rate, info.n_channels,
                                 info.format_code, &writer, &error),
         &error);
    if (!clap_guest_start(guest, info.sample_rate))
        die("the plugin does not start");

    size_t n_to_skip = guest->latency->get(guest->plugin);
    size_t n_to_flush = n_to_skip;
    for (;;) {
        size_t n;
        must(pinna_audio_reader_read(reader, channels, BLOCK, &n, &error),
             &error);
        if (n == 0) { /* silence pushes out what is inside */
            n = n_to_flush < BLOCK ? n_to_flush : BLOCK;
            memset(samples, 0, sizeof samples);
            n_to_flush -= n;
        }
        if (n == 0)
            break;
        if (clap_guest_process(guest, channels, channels,
                               (uint32_t)info.n_channels, (uint32_t)n, NULL,
                               0) == CLAP_PROCESS_ERROR)
            die("the plugin does not process");
        const size_t skip = n < n_to_skip ? n : n_to_skip;
        const float *due[MAX_CHANNELS];
        for (size_t c = 0; c < info.n_channels; c++)
            due[c] = samples[c] + skip;
        n_to_skip -= skip;
        must(pinna_audio_writer_write(writer, due, n - skip, &error), &error);
    }
    clap_guest_stop(guest);
    pinna_audio_reader_close(reader);
    must(pinna_audio_writer_commit(writer, &error), &error);
}

int main(int argc, char **argv)
{
    clap_file file;
    clap_guest guest;

    if (argc < 5) {
        fprintf(stderr, "Usage: clap_apply FILE.clap ID IN OUT "
                        "[PARAM=VALUE]...\n");
        return 2;
    }
    if (!clap_file_open(argv[1], &file) ||
        !clap_guest_open(&file, argv[2], &guest))
        die("no such plugin");
    for (int i = 5; i < argc; i++)
        set_param(&guest, argv[i]);
    apply(&guest, argv[3], argv[4]);
    clap_guest_close(&guest);
    clap_file_close(&file);
    return 0;
}
