#include "tools/options.h"

#include "tools/command.h"
#include "tools/progress.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FIRST_LONG = 256, /* getopt's code of option i is FIRST_LONG + i */
    HELP_COLUMN = 30,
};

void pinna_list_free(pinna_list *list)
{
    free(list->items);
    *list = (pinna_list){0};
}

/* room: how many words the command line has, so that one allocation serves. */
static bool list_append(pinna_list *list, const char *item, size_t room)
{
    if (!list->items) {
        list->items = calloc(room, sizeof *list->items);
        if (!list->items)
            return false;
    }
    list->items[list->n_items++] = item;
    return true;
}

static void print_default(const pinna_option *option)
{
    if (!option->shows_default)
        return;
    if (option->number)
        printf(" (default %g)", *option->number);
    else if (option->count)
        printf(" (default %zu)", *option->count);
    else if (option->text)
        printf(" (default %s)", *option->text);
}

static void print_option(const pinna_option *option)
{
    char left[128];
    const char *separator = option->value ? " " : "";
    const char *value = option->value ? option->value : "";

    if (option->letter)
        snprintf(left, sizeof left, "  -%c, --%s%s%s", option->letter,
                 option->name, separator, value);
    else
        snprintf(left, sizeof left, "      --%s%s%s", option->name, separator,
                 value);
    printf("%s", left);

    /* The help text starts in its column, on the next line when the option is
     * too long. */
    size_t column = strlen(left);
    const char *line = option->help;
    while (line) {
        if (column + 2 > HELP_COLUMN) {
            putchar('\n');
            column = 0;
        }
        const char *end = strchr(line, '\n');
        const size_t n = end ? (size_t)(end - line) : strlen(line);
        printf("%*s%.*s", (int)(HELP_COLUMN - column), "", (int)n, line);
        column = HELP_COLUMN;
        line = end ? end + 1 : NULL;
    }
    print_default(option);
    putchar('\n');
}

static void print_help(const pinna_usage *usage, const pinna_option *options,
                       size_t n_options)
{
    printf("Usage: pinna %s %s\n\n%s\n\nOptions:\n", usage->command,
           usage->synopsis, usage->summary);
    for (size_t i = 0; i < n_options; i++)
        print_option(&options[i]);
    print_option(&(pinna_option){
        .name = "help", .letter = 'h', .help = "show this text"});
    printf("\nExamples:\n%s", usage->examples);
}

int pinna_usage_error(const pinna_usage *usage, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pinna_message("pinna %s: %s; see pinna %s --help", usage->command, text,
                  usage->command);
    return PINNA_EXIT_USAGE;
}

bool pinna_parse_number(const char *text, double low, double high,
                        double *number)
{
    char *end;

    errno = 0;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value < low ||
        value > high)
        return false;
    *number = value;
    return true;
}

bool pinna_parse_numbers(const char *text, double low, double high,
                         double *numbers, size_t max, size_t *n)
{
    *n = 0;
    for (;;) {
        char item[64];
        const size_t length = strcspn(text, ",");
        if (length >= sizeof item || *n == max)
            return false;
        memcpy(item, text, length);
        item[length] = '\0';
        if (!pinna_parse_number(item, low, high, &numbers[*n]))
            return false;
        (*n)++;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
}

size_t pinna_parse_choice(const char *text, const char *const *names, size_t n)
{
    size_t i = 0;

    while (i < n && strcmp(text, names[i]) != 0)
        i++;
    return i;
}

size_t pinna_default_jobs(void)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (size_t)n : 1;
}

static bool parse_flag(const char *text, bool *flag)
{
    static const char *const names[] = {"true", "false"};

    if (!text) {
        *flag = true;
        return true;
    }
    const size_t choice = pinna_parse_choice(text, names, 2);
    if (choice < 2)
        *flag = choice == 0;
    return choice < 2;
}

static bool parse_seed(const char *text, uint64_t *seed)
{
    char *end;

    errno = 0;
    const unsigned long long value = strtoull(text, &end, 0);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
        return false;
    *seed = value;
    return true;
}

pinna_status pinna_option_take(const pinna_option *option, const char *text,
                               size_t room, pinna_error *error)
{
    const char *name = option->name;
    double value;

    if (option->given)
        *option->given = true;
    if (option->flag) {
        if (!parse_flag(text, option->flag))
            return pinna_fail(error, PINNA_BAD_ARG,
                              "--%s=%s: neither true nor false", name, text);
    } else if (option->text) {
        *option->text = text;
    } else if (option->number) {
        if (!pinna_parse_number(text, option->low, option->high,
                                option->number))
            return pinna_fail(error, PINNA_BAD_ARG,
                              "--%s %s: not a number from %g to %g", name, text,
                              option->low, option->high);
    } else if (option->count) {
        if (!pinna_parse_number(text, option->low, option->high, &value) ||
            value != floor(value))
            return pinna_fail(error, PINNA_BAD_ARG,
                              "--%s %s: not a whole number from %.0f to %.0f",
                              name, text, option->low, option->high);
        *option->count = (size_t)value;
    } else if (option->seed) {
        if (!parse_seed(text, option->seed))
            return pinna_fail(error, PINNA_BAD_ARG,
                              "--%s %s: not a whole number from 0 on", name,
                              text);
    } else if (!list_append(option->list, text, room)) {
        return pinna_fail(error, PINNA_NO_MEMORY, "out of memory");
    }
    return PINNA_OK;
}

/* Returns -1 to go on, else the exit code. */
static int take_value(const pinna_usage *usage, const pinna_option *option,
                      const char *text, size_t n_words)
{
    pinna_error error;

    const pinna_status status =
        pinna_option_take(option, text, n_words, &error);
    if (status == PINNA_BAD_ARG)
        return pinna_usage_error(usage, "%s", error.text);
    if (status) {
        pinna_message("pinna %s: %s", usage->command, error.text);
        return PINNA_EXIT_START;
    }
    return -1;
}

/* getopt's two descriptions of the same options. A leading '-' gives files in
 * their place among the options, ':' leaves the messages to us. */
static void describe(const pinna_option *options, size_t n_options,
                     struct option *longs, char *shorts)
{
    *shorts++ = '-';
    *shorts++ = ':';
    *shorts++ = 'h';
    for (size_t i = 0; i < n_options; i++) {
        const bool flag = options[i].flag != NULL;
        longs[i] = (struct option){options[i].name,
                                   flag ? optional_argument : required_argument,
                                   NULL, FIRST_LONG + (int)i};
        if (options[i].letter) {
            *shorts++ = options[i].letter;
            if (!flag)
                *shorts++ = ':';
        }
    }
    *shorts = '\0';
    longs[n_options] = (struct option){"help", no_argument, NULL, 'h'};
    longs[n_options + 1] = (struct option){0};
}

static const pinna_option *find_option(const pinna_option *options,
                                       size_t n_options, int code)
{
    if (code >= FIRST_LONG)
        return &options[code - FIRST_LONG];
    for (size_t i = 0; i < n_options; i++)
        if (options[i].letter && options[i].letter == code)
            return &options[i];
    return NULL;
}

/* Is the word meant as the value of the flag before it? getopt takes it for a
 * file. */
static bool is_stray_value(const pinna_option *before, const char *word)
{
    return before && before->flag &&
           (strcmp(word, "true") == 0 || strcmp(word, "false") == 0);
}

static int take_file(const pinna_usage *usage, const char *word, size_t n_words,
                     const pinna_option *list_option, pinna_list *files)
{
    if (list_option)
        return take_value(usage, list_option, word, n_words);
    if (!files)
        return pinna_usage_error(usage, "unexpected argument \"%s\"", word);
    if (!list_append(files, word, n_words)) {
        pinna_message("pinna %s: out of memory", usage->command);
        return PINNA_EXIT_START;
    }
    return -1;
}

int pinna_options_parse(const pinna_usage *usage, const pinna_option *options,
                        size_t n_options, int argc, char **argv,
                        pinna_list *files)
{
    struct option longs[PINNA_MAX_OPTIONS + 2];
    char shorts[2 * PINNA_MAX_OPTIONS + 4];
    const pinna_option *list_option = NULL; /* gets the words that follow */
    const pinna_option *before = NULL;      /* the option just taken */
    const size_t n_words = (size_t)argc;
    int code = -1, key;

    assert(n_options <= PINNA_MAX_OPTIONS);
    if (argc < 2) {
        pinna_message("usage: pinna %s %s (pinna %s --help tells more)",
                      usage->command, usage->synopsis, usage->command);
        return PINNA_EXIT_USAGE;
    }
    describe(options, n_options, longs, shorts);

    optind = 0; /* glibc: start afresh, also for a second parse */
    opterr = 0;
    while (code < 0 &&
           (key = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (key == 'h' && !find_option(options, n_options, 'h')) {
            print_help(usage, options, n_options);
            return PINNA_EXIT_DONE;
        }
        if (key == 1 && is_stray_value(before, optarg))
            return pinna_usage_error(usage, "--%s %s: write --%s=%s",
                                     before->name, optarg, before->name,
                                     optarg);
        if (key == 1) {
            before = NULL;
            code = take_file(usage, optarg, n_words, list_option, files);
            continue;
        }
        if (key == ':')
            return pinna_usage_error(usage, "%s needs a value",
                                     argv[optind - 1]);
        if (key == '?' && optopt > 0 && optopt < FIRST_LONG)
            return pinna_usage_error(usage, "no option -%c", optopt);
        if (key == '?')
            return pinna_usage_error(usage, "no option %s", argv[optind - 1]);

        const pinna_option *option = find_option(options, n_options, key);
        code = take_value(usage, option, optarg, n_words);
        before = optarg ? NULL : option;
        list_option = option->list && !option->one_each ? option : NULL;
    }
    while (code < 0 && optind < argc)
        code = take_file(usage, argv[optind++], n_words, NULL, files);
    return code;
}
