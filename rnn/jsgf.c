#include "rnn/jsgf.h"

#include <stdlib.h>
#include <string.h>

/* Groups in groups; words, groups and rules on the way to a phrase's end. */
#define MAX_DEPTH  50
#define MAX_SAYING 1000

static const char header[] = "#JSGF";

bool pinna_is_jsgf(const char *text)
{
    return strncmp(text, header, sizeof header - 1) == 0;
}

/* A part of the text. */
typedef struct span {
    const char *text; /* [n] */
    size_t n, line;
} span;

static bool is_same(const span *a, const span *b)
{
    return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

static bool is_word(const span *a, const char *word)
{
    return a->n == strlen(word) && memcmp(a->text, word, a->n) == 0;
}

/* A tree of what may be said: a sequence is a chain by `next`. */
typedef struct node {
    enum node_kind { WORD, RULE, GROUP, WAY } kind;
    span span;           /* the word; the rule's name */
    bool optional;       /* of a group */
    struct node *inside; /* ways of a group; sequence of a way */
    struct node *next;   /* in the sequence; the group's next way */
    struct node *older;  /* of all nodes, to free them */
} node;

typedef struct rule {
    span name;
    bool is_public, is_open; /* is_open: on the way from the root to here */
    node *group;
} rule;

typedef struct grammar {
    const char *path;
    pinna_error *error;
    node *latest;
    rule *rules; /* [n_rules] */
    size_t n_rules;
} grammar;

/* Rules that are always there. */
static const span nothing = {"NULL", 4, 0}, never = {"VOID", 4, 0};

static pinna_status refuse(const grammar *g, const span *at, const char *what)
{
    return pinna_fail(g->error, PINNA_BAD_FORMAT, "%s:%zu: %s \"%.*s\"",
                      g->path, at->line, what, (int)(at->n < 40 ? at->n : 40),
                      at->text);
}

static pinna_status out_of_memory(const grammar *g)
{
    return pinna_fail(g->error, PINNA_NO_MEMORY, "%s: out of memory", g->path);
}

/* ---- tokens ---- */

typedef struct parser {
    grammar *grammar;
    const char *at;
    size_t line;
    /* The next token: a mark, "<" for a rule with its name in the span, "w" for
     * a word, '\0' at the end. */
    char kind;
    span span;
    size_t depth; /* of groups */
} parser;

static const char spaces[] = " \t\r\n\f\v";

/* The closing mark of what begins at text, before which a backslash has none;
 * NULL when it is never closed. */
static const char *find_close(const char *text, char mark)
{
    for (text++; *text && *text != mark; text++)
        if (*text == '\\' && text[1])
            text++;
    return *text ? text : NULL;
}

static void go_to(parser *p, const char *end)
{
    for (; p->at < end; p->at++)
        p->line += *p->at == '\n';
}

/* Go past white space, comments and tags. */
static void skip(parser *p)
{
    for (;;) {
        if (strncmp(p->at, "//", 2) == 0) {
            p->at += strcspn(p->at, "\n");
        } else if (strncmp(p->at, "/*", 2) == 0) {
            const char *end = strstr(p->at + 2, "*/");
            go_to(p, end ? end + 2 : p->at + strlen(p->at));
        } else if (*p->at == '{' && find_close(p->at, '}')) {
            go_to(p, find_close(p->at, '}') + 1);
        } else if (*p->at && strchr(spaces, *p->at)) {
            go_to(p, p->at + 1);
        } else {
            return;
        }
    }
}

static void advance(parser *p)
{
    static const char marks[] = "=|()[];*+/{}\"<>";

    skip(p);
    p->span = (span){p->at, 1, p->line};
    p->kind = *p->at;
    if (p->kind == '"' && find_close(p->at, '"')) {
        const char *end = find_close(p->at, '"');
        p->span = (span){p->at + 1, (size_t)(end - p->at) - 1, p->line};
        p->kind = 'w';
        go_to(p, end + 1);
        return;
    }
    if (p->kind == '<') {
        const size_t n = strcspn(p->at + 1, " \t\r\n<>;=|");
        if (p->at[1 + n] == '>' && n > 0) {
            p->span = (span){p->at + 1, n, p->line};
            p->at += n + 2;
            return;
        }
        p->kind = '>'; /* a mark that belongs nowhere */
    } else if (p->kind && !strchr(marks, p->kind)) {
        p->span.n = strcspn(p->at, " \t\r\n\f\v=|()[];*+/{}\"<>");
        p->kind = 'w';
    }
    if (p->kind)
        p->at += p->span.n;
    else
        p->span.n = 0;
}

static pinna_status unexpected(const parser *p)
{
    const char kind = p->kind;

    return refuse(p->grammar, &p->span,
                  kind == '*' || kind == '+'
                      ? "not supported, only finitely many phrases:"
                  : kind == '{' || kind == '"' ? "never closed:"
                  : kind                       ? "not expected here:"
                                               : "ends too early");
}

static pinna_status take_mark(parser *p, char mark)
{
    if (p->kind != mark)
        return unexpected(p);
    advance(p);
    return PINNA_OK;
}

/* ---- the tree ---- */

static node *new_node(parser *p, enum node_kind kind)
{
    node *made = calloc(1, sizeof *made);

    if (made) {
        made->kind = kind;
        made->span = p->span;
        made->older = p->grammar->latest;
        p->grammar->latest = made;
    }
    return made;
}

static pinna_status parse_ways(parser *p, node *group);

/* A word, a rule, or a group in brackets; NULL where there is none. */
static pinna_status parse_item(parser *p, node **item)
{
    const char kind = p->kind;

    *item = NULL;
    if (kind != 'w' && kind != '<' && kind != '(' && kind != '[')
        return PINNA_OK;
    *item = new_node(p, kind == 'w' ? WORD : kind == '<' ? RULE : GROUP);
    if (!*item)
        return out_of_memory(p->grammar);
    if ((*item)->kind == GROUP && p->depth == MAX_DEPTH)
        return refuse(p->grammar, &p->span, "nested too deeply:");
    advance(p);
    if ((*item)->kind != GROUP)
        return PINNA_OK;
    (*item)->optional = kind == '[';
    p->depth++;
    const pinna_status status = parse_ways(p, *item);
    p->depth--;
    return status ? status : take_mark(p, kind == '[' ? ']' : ')');
}

/* "/2.5/" before a way, of which only a zero counts: as <VOID>. */
static pinna_status parse_weight(parser *p, node **item)
{
    char *end;

    *item = NULL;
    if (p->kind != '/')
        return PINNA_OK;
    const span begin = p->span;
    const double weight = strtod(p->at, &end);
    end += strspn(end, spaces);
    if (end == p->at || *end != '/' || !(weight >= 0))
        return refuse(p->grammar, &begin, "no weight like /0.5/ begins here:");
    if (weight == 0) {
        *item = new_node(p, RULE);
        if (!*item)
            return out_of_memory(p->grammar);
        (*item)->span = never;
    }
    p->at = end + 1;
    advance(p);
    return PINNA_OK;
}

/* Sequences with "|" between. */
static pinna_status parse_ways(parser *p, node *group)
{
    node **way = &group->inside;
    pinna_status status;

    for (;; way = &(*way)->next, advance(p)) {
        *way = new_node(p, WAY);
        if (!*way)
            return out_of_memory(p->grammar);
        node **item = &(*way)->inside;
        if ((status = parse_weight(p, item)))
            return status;
        if (*item)
            item = &(*item)->next;
        node **const first = item;
        while (!(status = parse_item(p, item)) && *item)
            item = &(*item)->next;
        if (status)
            return status;
        if (!*first)
            return unexpected(p);
        if (p->kind != '|')
            return PINNA_OK;
    }
}

static rule *find_rule(const grammar *g, const span *name)
{
    for (size_t i = 0; i < g->n_rules; i++)
        if (is_same(&g->rules[i].name, name))
            return &g->rules[i];
    return NULL;
}

/* "[public] <name> = ways ;" */
static pinna_status parse_rule(parser *p)
{
    grammar *g = p->grammar;
    const bool is_public = p->kind == 'w' && is_word(&p->span, "public");

    if (is_public)
        advance(p);
    if (p->kind != '<')
        return unexpected(p);
    if (find_rule(g, &p->span))
        return refuse(g, &p->span, "a second rule");
    if (is_same(&p->span, &nothing) || is_same(&p->span, &never))
        return refuse(g, &p->span, "no name for a rule:");
    rule *rules = realloc(g->rules, (g->n_rules + 1) * sizeof *rules);
    if (!rules)
        return out_of_memory(g);
    g->rules = rules;
    rule *made = &rules[g->n_rules++];
    *made = (rule){
        .name = p->span, .is_public = is_public, .group = new_node(p, GROUP)};
    if (!made->group)
        return out_of_memory(g);
    advance(p);
    pinna_status status = take_mark(p, '=');
    if (!status)
        status = parse_ways(p, made->group);
    return status ? status : take_mark(p, ';');
}

/* The header, the grammar's name and the rules. */
static pinna_status parse(const char *text, grammar *g)
{
    parser p = {.grammar = g, .at = text, .line = 1};
    pinna_status status = PINNA_OK;

    p.at += strcspn(p.at, ";\n");
    advance(&p);
    status = take_mark(&p, ';');
    if (!status && p.kind == 'w' && is_word(&p.span, "grammar")) {
        advance(&p);
        status = take_mark(&p, 'w');
        if (!status)
            status = take_mark(&p, ';');
    }
    while (!status && p.kind)
        status = p.kind == 'w' && is_word(&p.span, "import")
                     ? refuse(g, &p.span, "not supported:")
                     : parse_rule(&p);
    return status;
}

/* ---- phrases ---- */

typedef struct speaker {
    grammar *grammar;
    pinna_jsgf_take *take;
    void *user;
    size_t line; /* of the public rule */
    size_t n_phrases, n_bytes;
    char phrase[PINNA_JSGF_MAX_BYTES], taken[PINNA_JSGF_MAX_BYTES];
} speaker;

/* What is to be said after a sequence: another one, and what follows that. */
typedef struct later {
    const node *sequence;
    const struct later *next;
    rule *closes; /* ends before it, or NULL */
} later;

static pinna_status say(speaker *s, const node *item, const later *then,
                        size_t depth);

static pinna_status give(speaker *s)
{
    if (s->n_phrases++ == PINNA_JSGF_MAX_PHRASES)
        return pinna_fail(s->grammar->error, PINNA_UNSUPPORTED,
                          "%s:%zu: more than %d phrases", s->grammar->path,
                          s->line, PINNA_JSGF_MAX_PHRASES);
    if (s->n_bytes == 0)
        return PINNA_OK;
    memcpy(s->taken, s->phrase, s->n_bytes);
    s->taken[s->n_bytes] = '\0';
    return s->take(s->user, s->taken, s->line);
}

static pinna_status say_word(speaker *s, const node *item, const later *then,
                             size_t depth)
{
    const size_t before = s->n_bytes, n = item->span.n;
    bool space = before > 0;

    if (before + n + 2 > sizeof s->phrase)
        return refuse(s->grammar, &item->span, "a phrase is too long at");
    for (size_t i = 0; i < n; i++) { /* quotes may have spaces */
        const char c = item->span.text[i];
        if (strchr(spaces, c)) {
            space = s->n_bytes > 0;
            continue;
        }
        if (space)
            s->phrase[s->n_bytes++] = ' ';
        s->phrase[s->n_bytes++] = c;
        space = false;
    }
    const pinna_status status = say(s, item->next, then, depth);
    s->n_bytes = before;
    return status;
}

/* Every way of the group, then `then`. */
static pinna_status say_group(speaker *s, const node *group, const later *then,
                              size_t depth)
{
    pinna_status status = PINNA_OK;

    for (const node *way = group->inside; !status && way; way = way->next)
        status = say(s, way->inside, then, depth);
    return status;
}

static pinna_status say_rule(speaker *s, const node *item, const later *then,
                             size_t depth)
{
    if (is_same(&item->span, &never))
        return PINNA_OK;
    if (is_same(&item->span, &nothing))
        return say(s, item->next, then, depth);
    rule *named = find_rule(s->grammar, &item->span);

    if (!named)
        return refuse(s->grammar, &item->span, "there is no rule");
    if (named->is_open)
        return refuse(s->grammar, &item->span, "comes back to itself: rule");
    named->is_open = true;
    const later rest = {item->next, then, named};
    const pinna_status status = say_group(s, named->group, &rest, depth);
    named->is_open = false;
    return status;
}

static pinna_status say(speaker *s, const node *item, const later *then,
                        size_t depth)
{
    if (depth == MAX_SAYING)
        return pinna_fail(s->grammar->error, PINNA_UNSUPPORTED,
                          "%s:%zu: nested too deeply", s->grammar->path,
                          s->line);
    if (!item && !then)
        return give(s);
    if (!item) {
        if (!then->closes)
            return say(s, then->sequence, then->next, depth + 1);
        then->closes->is_open = false;
        const pinna_status status =
            say(s, then->sequence, then->next, depth + 1);
        then->closes->is_open = true;
        return status;
    }
    if (item->kind == WORD)
        return say_word(s, item, then, depth + 1);
    if (item->kind == RULE)
        return say_rule(s, item, then, depth + 1);
    const later rest = {item->next, then, NULL};
    const pinna_status status = say_group(s, item, &rest, depth + 1);
    return !status && item->optional ? say(s, item->next, then, depth + 1)
                                     : status;
}

static pinna_status say_all(grammar *g, pinna_jsgf_take *take, void *user)
{
    speaker s = {.grammar = g, .take = take, .user = user};
    bool has_public = false;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < g->n_rules; i++) {
        rule *root = &g->rules[i];
        if (!root->is_public)
            continue;
        has_public = true;
        s.line = root->name.line;
        root->is_open = true;
        status = say_group(&s, root->group, NULL, 0);
        root->is_open = false;
    }
    if (!status && !has_public)
        return pinna_fail(g->error, PINNA_BAD_FORMAT, "%s: no public rule",
                          g->path);
    return status;
}

pinna_status pinna_jsgf_read(const char *text, const char *path,
                             pinna_jsgf_take *take, void *user,
                             pinna_error *error)
{
    grammar g = {.path = path, .error = error};
    pinna_status status = parse(text, &g);

    if (!status)
        status = say_all(&g, take, user);
    while (g.latest) {
        node *older = g.latest->older;
        free(g.latest);
        g.latest = older;
    }
    free(g.rules);
    return status;
}
