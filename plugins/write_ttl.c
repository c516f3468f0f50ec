/* plugins/write_ttl.c -- describes the LV2 plugins in Turtle, from the table of
 * controls
 *
 *     write_ttl FOLDER
 *
 * makes manifest.ttl and pinna.ttl there. Part of the build. */
#include "plugins/lv2_ports.h"
#include "rnn/denoise_controls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const uris[] = {PINNA_LV2_MONO_URI, PINNA_LV2_STEREO_URI};

static void write_manifest(void)
{
    puts("@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
         "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n");
    for (size_t i = 0; i < 2; i++)
        printf("<%s>\n"
               "\ta lv2:Plugin ;\n"
               "\tlv2:binary <pinna.so> ;\n"
               "\trdfs:seeAlso <pinna.ttl> .\n\n",
               uris[i]);
}

static void begin_port(const char *types, size_t index, const char *symbol,
                       const char *name)
{
    printf(" [\n"
           "\t\ta %s ;\n"
           "\t\tlv2:index %zu ;\n"
           "\t\tlv2:symbol \"%s\" ;\n"
           "\t\tlv2:name \"%s\"",
           types, index, symbol, name);
}

/* GStreamer takes two channels for one sound only if they are a group. */
static const char *const groups[] = {"urn:pinna:denoiser-stereo#in",
                                     "urn:pinna:denoiser-stereo#out"};

static void write_groups(void)
{
    static const char *const kinds[] = {"pg:InputGroup", "pg:OutputGroup"};
    static const char *const names[] = {"Input", "Output"};
    static const char *const symbols[] = {"in", "out"};

    for (size_t way = 0; way < 2; way++)
        printf("<%s>\n"
               "\ta pg:StereoGroup , %s ;\n"
               "\tlv2:symbol \"%s\" ;\n"
               "\tlv2:name \"%s\" .\n\n",
               groups[way], kinds[way], symbols[way], names[way]);
}

static void write_audio_ports(size_t n_channels)
{
    static const char *const types[] = {"lv2:InputPort , lv2:AudioPort",
                                        "lv2:OutputPort , lv2:AudioPort"};
    static const char *const symbols[2][3] = {{"in", "in_left", "in_right"},
                                              {"out", "out_left", "out_right"}};
    static const char *const names[2][3] = {
        {"Input", "Input Left", "Input Right"},
        {"Output", "Output Left", "Output Right"}};
    static const char *const sides[] = {"left", "right"};

    for (size_t way = 0; way < 2; way++)
        for (size_t c = 0; c < n_channels; c++) {
            const size_t kind = n_channels == 1 ? 0 : 1 + c;
            begin_port(types[way], way * n_channels + c, symbols[way][kind],
                       names[way][kind]);
            if (n_channels == 2)
                printf(" ;\n\t\tpg:group <%s> ;\n\t\tlv2:designation pg:%s",
                       groups[way], sides[c]);
            printf("\n\t] ,");
        }
}

static const char *unit_of(const pinna_control_info *info)
{
    return strcmp(info->unit, "dB") == 0   ? "units:db"
           : strcmp(info->unit, "ms") == 0 ? "units:ms"
           : strcmp(info->unit, "%") == 0  ? "units:pc"
                                           : NULL;
}

static void write_bounds(double least, double most, double by_default)
{
    printf(" ;\n"
           "\t\tlv2:minimum %.1f ;\n"
           "\t\tlv2:maximum %.1f ;\n"
           "\t\tlv2:default %.1f",
           least, most, by_default);
}

static void write_control(size_t index, const pinna_control_info *info)
{
    begin_port("lv2:InputPort , lv2:ControlPort", index, info->symbol,
               info->name);
    write_bounds((double)info->least, (double)info->most,
                 (double)info->by_default);
    if (unit_of(info))
        printf(" ;\n\t\tunits:unit %s", unit_of(info));
    if (info->kind == PINNA_CONTROL_SWITCH)
        printf(" ;\n\t\tlv2:portProperty lv2:toggled");
    if (info->kind == PINNA_CONTROL_CHOICE) {
        printf(" ;\n\t\tlv2:portProperty lv2:integer , lv2:enumeration ;\n"
               "\t\tlv2:scalePoint");
        for (int i = 0; i <= (int)info->most; i++)
            printf("%s [ rdfs:label \"%s\" ; rdf:value %d.0 ]",
                   i == 0 ? "" : " ,", info->labels[i], i);
    }
    printf("\n\t] ,");
}

/* Those of pinna_lv2_port; the first has the index given. */
static void write_other_ports(size_t index)
{
    begin_port("lv2:InputPort , lv2:ControlPort", index + PINNA_LV2_ENABLED,
               "enabled", "Enabled");
    write_bounds(0, 1, 1);
    printf(" ;\n"
           "\t\tlv2:portProperty lv2:toggled ;\n"
           "\t\tlv2:designation lv2:enabled\n\t] ,");

    begin_port("lv2:OutputPort , lv2:ControlPort", index + PINNA_LV2_LATENCY,
               "latency", "Latency");
    /* 20 ms and the look-back, at the highest rate. jalv knows the port by the
     * old property only. */
    write_bounds(0, 100000, 0);
    printf(" ;\n"
           "\t\tlv2:portProperty lv2:integer , lv2:reportsLatency ;\n"
           "\t\tunits:unit units:frame ;\n"
           "\t\tlv2:designation lv2:latency\n\t] ,");

    begin_port("lv2:OutputPort , lv2:ControlPort", index + PINNA_LV2_VAD, "vad",
               "VAD");
    write_bounds(0, 100, 0);
    printf(" ;\n\t\tunits:unit units:pc\n\t] ,");

    begin_port("lv2:OutputPort , lv2:ControlPort", index + PINNA_LV2_REDUCTION,
               "reduction", "Reduction");
    write_bounds(0, 100, 0);
    printf(" ;\n\t\tunits:unit units:db\n\t]");
}

static void write_plugin(size_t n_channels)
{
    pinna_control controls[PINNA_N_CONTROLS];
    const size_t n_controls = pinna_controls_of(n_channels, controls);

    printf("<%s>\n"
           "\ta lv2:Plugin , lv2:SpectralPlugin ;\n"
           "\tdoap:name \"pinna denoiser%s\" ;\n"
           "\tdoap:license <https://opensource.org/licenses/BSD-2-Clause> ;\n"
           "\tlv2:project [\n"
           "\t\ta doap:Project ;\n"
           "\t\tdoap:name \"pinna\"\n"
           "\t] ;\n"
           "\tlv2:minorVersion 2 ;\n"
           "\tlv2:microVersion 0 ;\n"
           "\tlv2:optionalFeature lv2:hardRTCapable , urid:map , "
           "state:mapPath ;\n"
           "\tlv2:extensionData state:interface ;\n"
           "\trdfs:comment \"Takes noise out of speech. 20 ms of latency and "
           "the look-back.\" ;\n"
           "\tlv2:port",
           uris[n_channels - 1], n_channels == 1 ? "" : " (stereo)");
    write_audio_ports(n_channels);
    for (size_t i = 0; i < n_controls; i++)
        write_control(2 * n_channels + i, &pinna_controls[controls[i]]);
    write_other_ports(2 * n_channels + n_controls);
    puts(" .\n");
}

static void write_plugins(void)
{
    puts("@prefix atom: <http://lv2plug.in/ns/ext/atom#> .\n"
         "@prefix doap: <http://usefulinc.com/ns/doap#> .\n"
         "@prefix lv2: <http://lv2plug.in/ns/lv2core#> .\n"
         "@prefix pg: <http://lv2plug.in/ns/ext/port-groups#> .\n"
         "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
         "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
         "@prefix state: <http://lv2plug.in/ns/ext/state#> .\n"
         "@prefix units: <http://lv2plug.in/ns/extensions/units#> .\n"
         "@prefix urid: <http://lv2plug.in/ns/ext/urid#> .\n");
    printf("<%s>\n"
           "\ta lv2:Parameter ;\n"
           "\trdfs:label \"Model\" ;\n"
           "\trdfs:comment \"A file of `pinna train denoise`.\" ;\n"
           "\trdfs:range atom:Path .\n\n",
           PINNA_LV2_MODEL_URI);
    write_groups();
    for (size_t n_channels = 1; n_channels <= 2; n_channels++)
        write_plugin(n_channels);
}

/* stdout goes to this file in the current folder from now on. */
static void write_to(const char *path)
{
    if (!freopen(path, "w", stdout)) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "Usage: write_ttl FOLDER\n");
        return 2;
    }
    write_to("manifest.ttl");
    write_manifest();
    write_to("pinna.ttl");
    write_plugins();
    return fclose(stdout) == 0 ? 0 : 1;
}
