#include "tools/report_page.h"

#include "tools/html_page.h"
#include "tools/report_picture.h"

#include <string.h>

static const char *name_of(const pinna_sound_report *report)
{
    const char *slash = strrchr(report->path, '/');

    return slash ? slash + 1 : report->path;
}

void pinna_report_page_begin(FILE *file)
{
    pinna_html_begin(file, "Recordings");
}

void pinna_report_page_end(FILE *file)
{
    pinna_html_players_end(
        file, (double)PINNA_REPORT_PANEL_LEFT / PINNA_REPORT_WIDTH,
        (double)PINNA_REPORT_PANEL_WIDTH / PINNA_REPORT_WIDTH);
    pinna_html_end(file);
}

static pinna_status write_picture(FILE *file, const pinna_sound_report *report,
                                  pinna_error *error)
{
    const pinna_segments *segments = &report->segments;

    fprintf(file,
            "<div class=\"picture\">\n<img width=\"%zu\" height=\"%zu\" "
            "alt=\"Waveform, spectrogram, log-mel features and speech of ",
            report->picture.width, report->picture.height);
    pinna_html_text(file, name_of(report));
    fprintf(file,
            " over %.2f seconds; speech in %zu segment%s, %.2f seconds "
            "together\" src=\"",
            report->duration_s, segments->n_items,
            segments->n_items == 1 ? "" : "s",
            pinna_segments_speech_s(segments));
    const pinna_status status = pinna_html_picture(file, &report->picture);
    fputs("\">\n<div class=\"now\"></div>\n</div>\n", file);
    return status ? pinna_fail(error, status, "%s: its picture cannot be kept",
                               report->path)
                  : PINNA_OK;
}

static pinna_status write_sound(FILE *file, const pinna_sound_report *report,
                                pinna_error *error)
{
    const pinna_status status = pinna_html_player(
        file, &report->sound, name_of(report), report->duration_s);
    return status ? pinna_fail(error, status, "%s: its sound cannot be kept",
                               report->path)
                  : PINNA_OK;
}

static void write_figures(FILE *file, const pinna_sound_report *report)
{
    const double speech_s = pinna_segments_speech_s(&report->segments);

    fputs("<table>\n<caption>Figures</caption>\n", file);
    pinna_html_row(file, "Duration", "%.3f s (%zu samples)", report->duration_s,
                   report->n_samples);
    pinna_html_row(file, "Sample rate", "%u Hz", report->info.sample_rate);
    pinna_html_row(file, "Channels", "%zu", report->info.n_channels);
    pinna_html_row(file, "Format", "%s", report->info.format);
    pinna_html_row(file, "Peak level", "%.1f dB re full scale",
                   report->peak_db);
    pinna_html_row(file, "RMS level", "%.1f dB re full scale", report->rms_db);
    pinna_html_row(file, "Clipped samples", "%zu", report->n_clipped);
    pinna_html_row(file, "Speech", "%.2f s (%.0f %%) in %zu segment%s",
                   speech_s, 100 * speech_s / report->duration_s,
                   report->segments.n_items,
                   report->segments.n_items == 1 ? "" : "s");
    fputs("</table>\n", file);
}

static void write_segments(FILE *file, const pinna_segments *segments)
{
    if (segments->n_items == 0)
        return;
    fputs("<details>\n<summary>Segments of speech</summary>\n<table>\n"
          "<tr><th scope=\"col\">Start (s)</th><th scope=\"col\">End (s)</th>"
          "<th scope=\"col\">Length (s)</th></tr>\n",
          file);
    for (size_t i = 0; i < segments->n_items; i++)
        fprintf(file, "<tr><td>%.3f</td><td>%.3f</td><td>%.3f</td></tr>\n",
                segments->items[i].start, segments->items[i].end,
                segments->items[i].end - segments->items[i].start);
    fputs("</table>\n</details>\n", file);
}

pinna_status pinna_report_page_add(FILE *file, pinna_sound_report *report,
                                   pinna_error *error)
{
    fprintf(file, "<section data-seconds=\"%.6f\">\n<h2>", report->duration_s);
    pinna_html_text(file, report->path);
    fputs("</h2>\n", file);
    pinna_status status = write_picture(file, report, error);
    if (!status)
        status = write_sound(file, report, error);
    write_figures(file, report);
    write_segments(file, &report->segments);
    fputs("</section>\n", file);
    return status;
}
