#include "tools/denoise_page.h"

#include "tools/html_page.h"
#include "tools/spectrogram_picture.h"

pinna_status pinna_denoise_view_make(const char *input, const char *output,
                                     pinna_denoise_view *view,
                                     pinna_error *error)
{
    *view = (pinna_denoise_view){.input = input, .output = output};
    pinna_status status =
        pinna_spectrogram_picture(input, output, &view->picture, error);
    if (!status)
        status = pinna_playable_make(input, PINNA_PLAYER_MAX_S, &view->before,
                                     error);
    if (!status)
        status = pinna_playable_make(output, PINNA_PLAYER_MAX_S, &view->after,
                                     error);
    return status;
}

void pinna_denoise_view_free(pinna_denoise_view *view)
{
    pinna_picture_free(&view->picture);
    pinna_playable_free(&view->before);
    pinna_playable_free(&view->after);
    *view = (pinna_denoise_view){0};
}

static pinna_status write_picture(FILE *file, const pinna_denoise_view *view,
                                  double duration_s)
{
    fprintf(file,
            "<div class=\"picture\">\n<img width=\"%zu\" height=\"%zu\" "
            "alt=\"Spectrograms of ",
            view->picture.width, view->picture.height);
    pinna_html_text(file, view->input);
    fprintf(file, " over %.2f seconds, before and after the denoiser\" src=\"",
            duration_s);
    const pinna_status status = pinna_html_picture(file, &view->picture);
    fputs("\">\n<div class=\"now\"></div>\n</div>\n", file);
    return status;
}

static pinna_status write_player(FILE *file, const char *name,
                                 const pinna_playable *sound, double duration_s)
{
    fprintf(file, "<h3>%s</h3>\n", name);
    return pinna_html_player(file, sound, name, duration_s);
}

static void write_figures(FILE *file, const pinna_denoise_view *view,
                          const pinna_denoise_result *result)
{
    fputs("<table>\n<caption>Figures</caption>\n", file);
    pinna_html_row(file, "Noise in the pauses", "lowered by %.1f dB",
                   result->noise_drop_db);
    pinna_html_row(file, "RMS level", "%.1f dB re full scale, then %.1f dB",
                   result->before_db, result->after_db);
    pinna_html_row(file, "Duration", "%.3f s", result->duration_s);
    pinna_html_row(file, "Sample rate", "%u Hz", result->sample_rate);
    pinna_html_row(file, "Channels", "%zu", result->n_channels);
    pinna_html_row(file, "Output", "%s", view->output);
    fputs("</table>\n", file);
}

pinna_status pinna_denoise_page_add(FILE *file, const pinna_denoise_view *view,
                                    const pinna_denoise_result *result,
                                    pinna_error *error)
{
    const double duration_s = result->duration_s;

    fprintf(file, "<section data-seconds=\"%.6f\">\n<h2>", duration_s);
    pinna_html_text(file, view->input);
    fputs("</h2>\n", file);
    pinna_status status = write_picture(file, view, duration_s);
    if (!status)
        status = write_player(file, "Before", &view->before, duration_s);
    if (!status)
        status = write_player(file, "After", &view->after, duration_s);
    write_figures(file, view, result);
    fputs("</section>\n", file);
    return status ? pinna_fail(error, status,
                               "%s: its picture or sound cannot be kept",
                               view->input)
                  : PINNA_OK;
}

void pinna_denoise_page_end(FILE *file)
{
    pinna_html_players_end(
        file, (double)PINNA_SPECTROGRAM_PANEL_LEFT / PINNA_SPECTROGRAM_WIDTH,
        (double)PINNA_SPECTROGRAM_PANEL_WIDTH / PINNA_SPECTROGRAM_WIDTH);
    pinna_html_end(file);
}
