/* Refinement of the neurons of tanh networks, one start at a time: evaluation and steps.
 *
 * The same quantities as `variable_projection.evaluate` and `refine.refine` compute with NumPy, by
 * the same formulas; `kernel.py` calls it and checks every size. Equation numbers are those of
 * docs/theory. Here starts are independent of each other, so that nothing depends on the batch.
 *
 * Symbols: k neurons of q parameters, n = k q; D outputs; P samples; c columns without price;
 * m = n + 2 D rows "others" = [F; leak; target], where F = phi' x each coordinate. All matrices
 * are in C order; of symmetric ones only the lower triangle is valid unless said otherwise.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__clang__) && !defined(ONE_TARGET)
/* Two versions of each long loop; the loader takes the one with AVX2 and FMA where there are. */
#define FAST __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FAST
#endif
#define INLINE static inline __attribute__((always_inline))

enum {
    BLOCK = 128,      /* samples of one pass: all rows of 20 neurons stay in the L2 cache */
    LEAK_STEPS = 60,  /* shared_leak._MOST_STEPS */
    LEAK_HALVED = 10, /* shared_leak._HALVED_FROM */
    TILE = 12         /* rows are padded to a multiple of 4 and of 3, the tile of add_products */
};
static const double ROUNDING = 1e-14;   /* shared_leak.ROUNDING */
static const double LEAK_DIGITS = 1e-7; /* shared_leak._DIGITS */
static const double LEAK_ACROSS = 0.9;  /* shared_leak._ACROSS */

typedef double Four __attribute__((vector_size(32), aligned(32)));

/* `problem.RefinementProblem`; P is padded with samples of weight 0 to a multiple of 4. */
typedef struct {
    int64_t q, P, D, c, states, bounded, slopes;
    double price, weight_price, low, high, power, slope_cap, soft_condition, steepness;
    const double *design; /* (q, P) */
    const double *root;   /* (P) */
    const double *fixed;  /* (2 D + c, P): leak, target, free */
    const double *reach;  /* (D) */
    const double *copies; /* (k) copies that share the weights of a neuron, NULL: one of each */
} Problem;

/* The part of `refine.RefinePolicy` that a step needs. */
typedef struct {
    double relax, tighten, least_damping, most_damping, slow;
    int64_t patience;
} Policy;

/* `variable_projection.Evaluation` of S starts; the Hessian is full. */
typedef struct {
    double *value, *by_output, *gradient, *hessian, *A, *kappa, *inverse;
    int64_t *settled;
} Evaluation;

/* Where the refinement of S starts stands: damping, slow steps in a row, steps tried, and whether
   the equations of the last step had no solution. */
typedef struct {
    double *mu;
    int64_t *idle, *tries, *unsolved;
} State;

typedef struct {
    int64_t k, n, m, rows, padded; /* rows = k + m + c */
    double *stack;                 /* (padded, BLOCK) rows [Phi; others; free] of some samples */
    double *current, *slope;       /* (BLOCK) */
    double *gram;                  /* (padded, padded) their products over all samples */
    double *free_factor;           /* (c, c) */
    double *share;                 /* (k + m) coefficient of the constant in each row */
    double *own;                   /* (n, q + 1) <phi f_a>, <f_a f_b> of each neuron's own rows */
    double *squares;               /* (k) <phi_i^2> */
    double *L, *back;              /* (k, k) K = L L', and L^-1 */
    double *explained;             /* (k, m) V = L^-1 Phi others' */
    double *left;                  /* (m, m) others others' - V' V */
    double *solved;                /* (2 D, k) weights of leak and target */
    double *of_neurons;            /* (k) L^-1 share of the neurons */
    double *dual_neurons, *dual_rows; /* (k), (m): center_bound.Dual */
    double *residual, *each, *change; /* (D, n) */
    double *moved;                 /* (n) */
    double *AA, *acc;              /* (k, k), (n) */
    double *a, *b, *cc;            /* (D) o_d = a + 2 b kappa + c kappa^2 */
    double *start, *rise;          /* (D) best constant = start + rise kappa */
    double *ha, *hb, *hc;          /* (D) the same with the cost of holding */
    double *outputs, *slopes, *bend; /* (D), (D), (D, D) of the power mean */
    double *excess, *sign, *steep; /* (D) of centres at their bounds */
    double *M, *U, *across, *tilt; /* (states, states) twice, (k), (n): keep_readable */
    double *damped, *step;         /* (n, n), (n) */
    double variance;
} Workspace;

/* ---- vectors ------------------------------------------------------------------------------- */

INLINE double clipped(double x, double low, double high) {
    return x < low ? low : (x > high ? high : x);
}

/* y -= f x */
INLINE void subtract(double *restrict y, double f, const double *restrict x, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] -= f * x[i];
}

INLINE void scale(double *x, double f, int64_t count) {
    for (int64_t i = 0; i < count; i++) x[i] *= f;
}

/* tanh(x) = -e / (2 + e), e = expm1(-2 |x|), to 2 ulp; rate = tanh root, slope = tanh' root.
   expm1 by reduction to |r| <= ln(2) / 2 and its Taylor polynomial of degree 13. */
FAST static void tanh_rows(const double *restrict x, const double *restrict root, int64_t count,
                           double *restrict rate, double *restrict slope) {
    const double log2e = 1.4426950408889634;
    /* ln 2 in two parts, the first with zeros at its end, so that n high is exact (Cody, Waite). */
    const double high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
    const double magic = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
    for (int64_t i = 0; i < count; i++) {
        double size = fabs(x[i]);
        size = size > 20.0 ? 20.0 : size; /* tanh(20) rounds to 1; NaN stays NaN */
        double y = -2.0 * size;
        union { double real; uint64_t bits; } shifted, power;
        shifted.real = y * log2e + magic;
        double n = shifted.real - magic;
        double r = (y - n * high) - n * low;
        double p = 1.0 / 6227020800.0;
        p = p * r + 1.0 / 479001600.0;
        p = p * r + 1.0 / 39916800.0;
        p = p * r + 1.0 / 3628800.0;
        p = p * r + 1.0 / 362880.0;
        p = p * r + 1.0 / 40320.0;
        p = p * r + 1.0 / 5040.0;
        p = p * r + 1.0 / 720.0;
        p = p * r + 1.0 / 120.0;
        p = p * r + 1.0 / 24.0;
        p = p * r + 1.0 / 6.0;
        p = p * r + 0.5;
        p = p * r * r + r; /* expm1(r) */
        power.bits = (shifted.bits + 1023) << 52; /* 2^n: n stands in the last bits of the sum */
        double e = power.real * p + (power.real - 1.0);
        double t = -e / (2.0 + e);
        slope[i] = (1.0 - t * t) * root[i];
        rate[i] = copysign(t, x[i]) * root[i];
    }
}

/* ---- rows and their products --------------------------------------------------------------- */

/* Rows [Phi; F; leak; target; free] of the samples from `at` on. */
FAST static void fill_rows(const Problem *p, const Workspace *w, const double *theta, int64_t at,
                           int64_t width) {
    for (int64_t i = 0; i < w->k; i++) {
        const double *own = theta + i * p->q;
        for (int64_t x = 0; x < width; x++) w->current[x] = own[0] * p->design[at + x];
        for (int64_t a = 1; a < p->q; a++)
            subtract(w->current, -own[a], p->design + a * p->P + at, width);
        tanh_rows(w->current, p->root + at, width, w->stack + i * BLOCK, w->slope);
        for (int64_t a = 0; a < p->q; a++) {
            const double *coordinate = p->design + a * p->P + at;
            double *row = w->stack + (w->k + i * p->q + a) * BLOCK;
            for (int64_t x = 0; x < width; x++) row[x] = w->slope[x] * coordinate[x];
        }
    }
    for (int64_t r = 0; r < 2 * p->D + p->c; r++)
        memcpy(w->stack + (w->k + w->n + r) * BLOCK, p->fixed + r * p->P + at,
               sizeof(double) * width);
}

INLINE double sum_of_four(Four x) { return (x[0] + x[1]) + (x[2] + x[3]); }

/* gram += stack stack' (lower triangle) over `width` samples, in tiles of 4 x 3 rows: 12 sums and
   4 rows fill the 16 registers of AVX2. */
FAST static void add_products(const double *stack, int64_t padded, int64_t width, double *gram) {
    for (int64_t i = 0; i < padded; i += 4) {
        const Four *a0 = (const Four *)(stack + i * BLOCK), *a1 = a0 + BLOCK / 4;
        const Four *a2 = a1 + BLOCK / 4, *a3 = a2 + BLOCK / 4;
        for (int64_t j = 0; j < i + 4; j += 3) {
            const Four *b0 = (const Four *)(stack + j * BLOCK), *b1 = b0 + BLOCK / 4;
            const Four *b2 = b1 + BLOCK / 4;
            Four c00 = {0}, c01 = {0}, c02 = {0}, c10 = {0}, c11 = {0}, c12 = {0};
            Four c20 = {0}, c21 = {0}, c22 = {0}, c30 = {0}, c31 = {0}, c32 = {0};
            for (int64_t x = 0; x < width / 4; x++) {
                Four one = b0[x], two = b1[x], three = b2[x], a;
                a = a0[x]; c00 += a * one; c01 += a * two; c02 += a * three;
                a = a1[x]; c10 += a * one; c11 += a * two; c12 += a * three;
                a = a2[x]; c20 += a * one; c21 += a * two; c22 += a * three;
                a = a3[x]; c30 += a * one; c31 += a * two; c32 += a * three;
            }
            double *g = gram + i * padded + j;
            g[0] += sum_of_four(c00); g[1] += sum_of_four(c01); g[2] += sum_of_four(c02);
            g += padded;
            g[0] += sum_of_four(c10); g[1] += sum_of_four(c11); g[2] += sum_of_four(c12);
            g += padded;
            g[0] += sum_of_four(c20); g[1] += sum_of_four(c21); g[2] += sum_of_four(c22);
            g += padded;
            g[0] += sum_of_four(c30); g[1] += sum_of_four(c31); g[2] += sum_of_four(c32);
        }
    }
}

static void form_gram(const Problem *p, Workspace *w, const double *theta) {
    memset(w->gram, 0, sizeof(double) * w->padded * w->padded);
    for (int64_t at = 0; at < p->P; at += BLOCK) {
        int64_t width = p->P - at < BLOCK ? p->P - at : BLOCK;
        fill_rows(p, w, theta, at, width);
        add_products(w->stack, w->padded, width, w->gram);
    }
}

/* ---- elimination of the weights (elimination._by_gram) --------------------------------------- */

/* a = L L' in place; 0 where rounding has left no such L, or a number is not finite. */
FAST static int cholesky(double *a, int64_t size) {
    for (int64_t i = 0; i < size; i++) {
        double *row = a + i * size;
        for (int64_t j = 0; j <= i; j++) {
            const double *other = a + j * size;
            double sum = 0.0;
#pragma omp simd reduction(+ : sum)
            for (int64_t l = 0; l < j; l++) sum += row[l] * other[l];
            sum = row[j] - sum;
            if (j < i) {
                row[j] = sum / other[j];
            } else {
                if (!(sum > 0.0 && sum < INFINITY)) return 0;
                row[j] = sqrt(sum);
            }
        }
    }
    return 1;
}

/* Noise acts on the rates themselves: their products before the free columns are projected out. */
static void keep_own_products(const Problem *p, Workspace *w) {
    int64_t ld = w->padded, q = p->q;
    for (int64_t i = 0; i < w->k; i++) w->squares[i] = w->gram[i * ld + i];
    if (p->weight_price == 0.0) return;
    for (int64_t i = 0; i < w->k; i++)
        for (int64_t a = 0; a < q; a++) {
            double *own = w->own + (i * q + a) * (q + 1);
            int64_t first = w->k + i * q, row = first + a;
            own[0] = w->gram[row * ld + i];
            for (int64_t b = 0; b < q; b++) {
                int64_t high = b > a ? first + b : row, low = b > a ? row : first + b;
                own[1 + b] = w->gram[high * ld + low];
            }
        }
}

/* Schur complement that removes the span of the free rows; `share`, and (G_ff)^-1 of the last. */
FAST static int project_out_free(const Problem *p, Workspace *w) {
    int64_t c = p->c, ld = w->padded, others = w->rows - c;
    double *free_rows = w->gram + others * ld, *L = w->free_factor;
    if (!c) return 1;
    for (int64_t i = 0; i < c; i++)
        for (int64_t j = 0; j <= i; j++) L[i * c + j] = free_rows[i * ld + others + j];
    if (!cholesky(L, c)) return 0;
    for (int64_t i = 0; i < c; i++) { /* free rows <- L^-1 free rows */
        double *row = free_rows + i * ld;
        for (int64_t l = 0; l < i; l++) subtract(row, L[i * c + l], free_rows + l * ld, others);
        scale(row, 1.0 / L[i * c + i], others);
    }
    double last = L[c * c - 1];
    w->variance = 1.0 / (last * last);
    for (int64_t j = 0; j < others; j++) w->share[j] = free_rows[(c - 1) * ld + j] / last;
    for (int64_t l = 0; l < c; l++) {
        const double *row = free_rows + l * ld;
        for (int64_t i = 0; i < others; i++) subtract(w->gram + i * ld, row[i], row, i + 1);
    }
    return 1;
}

/* back = L^-1, lower triangular with zeros above. */
FAST static void invert_factor(const double *L, double *back, int64_t k) {
    memset(back, 0, sizeof(double) * k * k);
    for (int64_t i = 0; i < k; i++) {
        double *row = back + i * k;
        for (int64_t l = 0; l < i; l++) subtract(row, L[i * k + l], back + l * k, l + 1);
        scale(row, 1.0 / L[i * k + i], i);
        row[i] = 1.0 / L[i * k + i];
    }
}

/* What is left of a price of neuron i when its copies share its weights. */
static double shared(const Problem *p, int64_t i, double price) {
    return p->copies ? price / p->copies[i] : price;
}

/* K = Phi Phi' + prices (eqs. 12 and 15) = L L'; V, what V' V leaves of the other rows, K^-1. */
FAST static int eliminate_weights(const Problem *p, Workspace *w, double *inverse) {
    int64_t k = w->k, m = w->m, ld = w->padded;
    double *L = w->L, *V = w->explained;
    for (int64_t i = 0; i < k; i++) {
        memcpy(L + i * k, w->gram + i * ld, sizeof(double) * (i + 1));
        L[i * k + i] += shared(p, i, p->price + p->weight_price * w->squares[i]);
    }
    if (!cholesky(L, k)) return 0;
    for (int64_t i = 0; i < k; i++) {
        double *row = V + i * m;
        for (int64_t j = 0; j < m; j++) row[j] = w->gram[(k + j) * ld + i];
        for (int64_t l = 0; l < i; l++) subtract(row, L[i * k + l], V + l * m, m);
        scale(row, 1.0 / L[i * k + i], m);
    }
    for (int64_t i = 0; i < m; i++) {
        double *row = w->left + i * m;
        memcpy(row, w->gram + (k + i) * ld + k, sizeof(double) * (i + 1));
        for (int64_t l = 0; l < k; l++) subtract(row, V[l * m + i], V + l * m, i + 1);
    }
    invert_factor(L, w->back, k);
    memset(inverse, 0, sizeof(double) * k * k);
    for (int64_t l = 0; l < k; l++) {
        const double *row = w->back + l * k;
        for (int64_t i = 0; i <= l; i++) subtract(inverse + i * k, -row[i], row, l + 1);
    }
    for (int64_t d = 0; d < 2 * p->D; d++) {
        double *weights = w->solved + d * k;
        memset(weights, 0, sizeof(double) * k);
        for (int64_t l = 0; l < k; l++)
            subtract(weights, -V[l * m + w->n + d], w->back + l * k, l + 1);
    }
    return 1;
}

/* The best constant as a function of the target (center_bound.dual_of_constant). */
static void form_dual(Workspace *w) {
    int64_t k = w->k, m = w->m;
    memset(w->dual_neurons, 0, sizeof(double) * k);
    memcpy(w->dual_rows, w->share + k, sizeof(double) * m);
    for (int64_t i = 0; i < k; i++) {
        double x = 0.0;
        for (int64_t j = 0; j <= i; j++) x += w->back[i * k + j] * w->share[j];
        w->variance += x * x;
        subtract(w->dual_neurons, -x, w->back + i * k, i + 1);
        subtract(w->dual_rows, x, w->explained + i * m, m);
    }
}

/* ---- the leak (shared_leak) ------------------------------------------------------------------ */

/* Cost of the bounds on the centres, e^2 / v; start is NULL where there is none. */
typedef struct {
    const double *start, *rise, *reach;
    double variance;
} CenterCost;

typedef struct {
    const double *a, *b, *c;
    int64_t D;
} Quadratics;

/* e, 0 where the centre is within its bounds; its sign and its derivative by kappa. */
INLINE double center_excess(const CenterCost *cost, int64_t d, double kappa, double *sign,
                            double *steep) {
    double constant = cost->start[d] + cost->rise[d] * kappa;
    double excess = fabs(constant) - cost->reach[d] * kappa;
    if (!(excess > 0.0)) return *sign = *steep = 0.0;
    *sign = copysign(1.0, constant);
    *steep = *sign * cost->rise[d] - cost->reach[d];
    return excess;
}

static double largest_at(const Quadratics *o, double kappa) {
    double worst = -INFINITY;
    for (int64_t d = 0; d < o->D; d++)
        worst = fmax(worst, (o->c[d] * kappa + 2.0 * o->b[d]) * kappa + o->a[d]);
    return worst;
}

/* shared_leak._minimax: the leak with the smallest largest output. */
static double minimax_leak(const Quadratics *o) {
    double best = 0.0, least = INFINITY;
    for (int64_t d = 0; d < o->D; d++)
        for (int64_t e = d; e < o->D; e++) {
            double tried[2];
            int count = 1;
            if (d == e) {
                tried[0] = -o->b[d] / o->c[d];
            } else {
                double A = o->c[d] - o->c[e], B = o->b[d] - o->b[e], C = o->a[d] - o->a[e];
                double far = -(B + copysign(sqrt(fmax(B * B - A * C, 0.0)), B));
                tried[0] = far / A;
                tried[1] = C / far;
                count = 2;
            }
            while (count--) {
                double kappa = isfinite(tried[count]) ? tried[count] : 0.0;
                double worst = largest_at(o, kappa);
                if (worst < least) {
                    least = worst;
                    best = kappa;
                }
            }
        }
    return best;
}

/* P, N and their derivatives (both positive) as in shared_leak._step; P - N has the sign of F'. */
static void sums_at(const Quadratics *o, const CenterCost *cost, double power, double kappa,
                    double *outputs, double *P, double *N, double *dP, double *dN) {
    double largest = 0.0, sign, steep;
    for (int64_t d = 0; d < o->D; d++) {
        double value = (o->c[d] * kappa + 2.0 * o->b[d]) * kappa + o->a[d];
        if (cost) {
            double excess = center_excess(cost, d, kappa, &sign, &steep);
            value += excess * excess / cost->variance;
        }
        outputs[d] = fmax(value, ROUNDING);
        largest = fmax(largest, outputs[d]);
    }
    *P = *N = *dP = *dN = 0.0;
    for (int64_t d = 0; d < o->D; d++) {
        double pull = o->b[d] + o->c[d] * kappa, bend = o->c[d];
        if (cost) {
            double excess = center_excess(cost, d, kappa, &sign, &steep);
            pull += steep * excess / cost->variance;
            bend += steep * steep / cost->variance;
        }
        double weight = power == 1.0 ? 1.0 : pow(outputs[d] / largest, power - 1.0);
        double f = weight * pull;
        double rise = weight * (bend + 2.0 * (power - 1.0) * pull * pull / outputs[d]);
        if (f > 0.0) {
            *P += f;
            *dP += rise;
        } else {
            *N -= f;
            *dN += rise;
        }
    }
}

/* shared_leak._newton: log P = log N with the longer of two steps, between the outputs' own minima
   `low` and `high` and within the bounds. */
static double newton_leak(const Problem *p, const Quadratics *o, const CenterCost *cost,
                          double kappa, double low, double high, double *outputs,
                          int64_t *settled) {
    double power = p->D == 1 ? 1.0 : p->power;
    low = clipped(low, p->low, p->high);
    high = clipped(high, p->low, p->high);
    kappa = clipped(kappa, low, high);
    *settled = 0;
    int passed_low = 0, passed_high = 0;
    for (int round = 0; round < LEAK_STEPS && !*settled; round++) {
        double P, N, dP, dN;
        sums_at(o, cost, power, kappa, outputs, &P, &N, &dP, &dN);
        double step = (N - P) / (dP + dN);
        if (P > 0.0 && N > 0.0) {
            double other = log(N / P) / (dP / P + dN / N);
            if (fabs(other) > fabs(step)) step = other;
        }
        if (P < N) low = kappa, passed_low = 1;
        if (P > N) high = kappa, passed_high = 1;
        double next = clipped(kappa + step, p->low, p->high);
        /* Where F' has a kink, a step from one side can end where the one from the other began. */
        int across = passed_low && passed_high && fabs(next - kappa) > LEAK_ACROSS * (high - low);
        int halved = round >= LEAK_HALVED && round % 2;
        if (!(next >= low && next <= high) || across || halved) next = 0.5 * (low + high);
        *settled = !(fabs(next - kappa) > LEAK_DIGITS * fabs(next));
        kappa = next;
    }
    return kappa;
}

/* shared_leak.best_leak */
static double best_leak(const Problem *p, Workspace *w, int64_t *settled) {
    Quadratics o = {w->a, w->b, w->cc, p->D};
    *settled = 1;
    if (p->low == p->high) return p->low;
    double low = INFINITY, high = -INFINITY, b = 0.0, c = 0.0;
    for (int64_t d = 0; d < p->D; d++) {
        double own = -w->b[d] / w->cc[d];
        low = fmin(low, own);
        high = fmax(high, own);
        b += w->b[d];
        c += w->cc[d];
    }
    if (p->D == 1 || p->power == 1.0) return clipped(-b / c, p->low, p->high);
    return newton_leak(p, &o, NULL, minimax_leak(&o), low, high, w->outputs, settled);
}

/* shared_leak.best_held_leak */
static double best_held_leak(const Problem *p, Workspace *w, const CenterCost *cost, double kappa,
                             int64_t *settled) {
    Quadratics o = {w->a, w->b, w->cc, p->D}, held = {w->ha, w->hb, w->hc, p->D};
    if (p->low == p->high) return kappa;
    double low = INFINITY, high = -INFINITY, v = cost->variance;
    for (int64_t d = 0; d < p->D; d++) {
        for (int side = -1; side <= 1; side++) { /* held below, free, held above */
            double level = side * w->start[d], steep = side ? side * w->rise[d] - p->reach[d] : 0.0;
            double own = -(w->b[d] + level * steep / v) / (w->cc[d] + steep * steep / v);
            low = fmin(low, own);
            high = fmax(high, own);
        }
        double sign, steep;
        center_excess(cost, d, kappa, &sign, &steep);
        double level = sign * w->start[d];
        w->ha[d] = w->a[d] + level * level / v;
        w->hb[d] = w->b[d] + level * steep / v;
        w->hc[d] = w->cc[d] + steep * steep / v;
    }
    return newton_leak(p, &o, cost, minimax_leak(&held), low, high, w->outputs, settled);
}

/* The leak, o_d there, and which centres are at their bounds (center_bound.hold). */
static double settle_leak(const Problem *p, Workspace *w, int64_t *settled) {
    int64_t n = w->n, m = w->m, D = p->D, held = 0;
    for (int64_t d = 0; d < D; d++) {
        int64_t leak = n + d, target = n + D + d;
        w->a[d] = w->left[target * m + target];
        w->b[d] = w->left[target * m + leak];
        w->cc[d] = w->left[leak * m + leak];
        w->excess[d] = w->sign[d] = w->steep[d] = 0.0;
    }
    double kappa = best_leak(p, w, settled);
    CenterCost cost = {w->start, w->rise, p->reach, w->variance};
    for (int64_t d = 0; d < D && p->bounded; d++) {
        double sign, steep;
        w->rise[d] = w->dual_rows[n + d];
        w->start[d] = w->dual_rows[n + D + d];
        held |= center_excess(&cost, d, kappa, &sign, &steep) > 0.0;
    }
    if (held) kappa = best_held_leak(p, w, &cost, kappa, settled);
    for (int64_t d = 0; d < D; d++) {
        w->outputs[d] = (w->cc[d] * kappa + 2.0 * w->b[d]) * kappa + w->a[d];
        if (!held) continue;
        w->excess[d] = center_excess(&cost, d, kappa, w->sign + d, w->steep + d);
        w->outputs[d] += w->excess[d] * w->excess[d] / w->variance;
        w->cc[d] += w->steep[d] * w->steep[d] / w->variance;
    }
    return kappa;
}

/* F, dF/do and d2F/do2 of F = (sum o^p)^(1/p) (eq. 18; shared_leak.power_mean). */
static double power_mean(const Problem *p, Workspace *w) {
    int64_t D = p->D;
    double largest = -INFINITY, sum = 0.0;
    double *o = w->outputs, *slopes = w->slopes, *bend = w->bend;
    memset(bend, 0, sizeof(double) * D * D);
    for (int64_t d = 0; d < D; d++) {
        if (fabs(o[d]) < ROUNDING) o[d] = ROUNDING;
        largest = fmax(largest, o[d]);
        sum += o[d];
        slopes[d] = 1.0;
    }
    if (D == 1 || p->power == 1.0) return sum;
    sum = 0.0;
    for (int64_t d = 0; d < D; d++) sum += pow(o[d] / largest, p->power);
    double value = largest * pow(sum, 1.0 / p->power);
    for (int64_t d = 0; d < D; d++) slopes[d] = pow(o[d] / value, p->power - 1.0);
    for (int64_t d = 0; d < D; d++)
        for (int64_t e = 0; e < D; e++) {
            double diagonal = d == e ? slopes[d] * value / o[d] : 0.0;
            bend[d * D + e] = (p->power - 1.0) / value * (diagonal - slopes[d] * slopes[e]);
        }
    return value;
}

/* ---- derivatives (variable_projection._derivatives) ------------------------------------------ */

/* Half the derivatives of every o_d by the parameters, `each`, and of the leak's, `moved`. */
FAST static void first_derivatives(const Problem *p, Workspace *w, const double *A, double kappa,
                                   double *gradient) {
    int64_t n = w->n, m = w->m, q = p->q, D = p->D;
    memset(w->moved, 0, sizeof(double) * n);
    memset(gradient, 0, sizeof(double) * n);
    for (int64_t d = 0; d < D; d++) {
        const double *target = w->left + (n + D + d) * m, *leak = w->left + (n + d) * m;
        double *residual = w->residual + d * n, *each = w->each + d * n;
        double *change = w->change + d * n;
        double ratio = w->excess[d] / w->variance, slope = w->slopes[d];
        for (int64_t j = 0; j < n; j++) {
            double weight = A[(j / q) * D + d];
            residual[j] = target[j] + kappa * leak[j];
            each[j] = -residual[j] * weight; /* envelope theorem */
            w->moved[j] += leak[j] * weight * slope;
            if (p->weight_price > 0.0)
                each[j] += shared(p, j / q, p->weight_price) * w->own[j * (q + 1)] * weight * weight;
            if (w->excess[d] > 0.0) { /* center_bound.add_derivatives */
                double neuron = w->dual_neurons[j / q], row = w->dual_rows[j];
                change[j] = w->sign[d] * (-neuron * residual[j] - row * weight);
                change[j] -= ratio * neuron * row;
                each[j] += ratio * change[j];
                w->moved[j] -= slope / w->variance * change[j] * w->steep[d];
            }
            gradient[j] += each[j] * slope;
        }
    }
}

/* Row i of the Hessian, lower triangle: Kaufman's J'J and the second Golub-Pereyra term, the bend
   of F, the cost of holding centres, and the leak that follows. */
FAST static void hessian_row(const Problem *p, Workspace *w, const double *inverse, double factor,
                             int64_t i, double *row) {
    int64_t n = w->n, q = p->q, D = p->D, k = w->k, count = i + 1;
    const double *left = w->left + i * w->m;
    double f = -factor * w->moved[i];
    for (int64_t j = 0; j < count; j++) row[j] = f * w->moved[j];
    memset(w->acc, 0, sizeof(double) * count);
    for (int64_t d = 0; d < D; d++) {
        double bent = 0.0;
        for (int64_t e = 0; e < D; e++) bent += w->bend[d * D + e] * w->each[e * n + i];
        subtract(row, -2.0 * bent, w->each + d * n, count);
        subtract(w->acc, -w->slopes[d] * w->residual[d * n + i], w->residual + d * n, count);
        if (w->excess[d] > 0.0) {
            double scaled = w->slopes[d] / w->variance * w->change[d * n + i];
            subtract(row, -scaled, w->change + d * n, count);
        }
    }
    for (int64_t neuron = 0; neuron <= i / q; neuron++) {
        double x = w->AA[(i / q) * k + neuron], y = inverse[(i / q) * k + neuron];
        int64_t end = (neuron + 1) * q < count ? (neuron + 1) * q : count;
        for (int64_t j = neuron * q; j < end; j++) row[j] += x * left[j] + y * w->acc[j];
    }
    if (p->weight_price > 0.0) {
        int64_t first = (i / q) * q;
        double x = shared(p, i / q, p->weight_price) * w->AA[(i / q) * k + i / q];
        for (int64_t j = first; j < count; j++) row[j] += x * w->own[i * (q + 1) + 1 + j - first];
    }
}

static void second_derivatives(const Problem *p, Workspace *w, const Evaluation *at) {
    int64_t n = w->n, D = p->D, k = w->k;
    double curvature = 0.0, kappa = *at->kappa;
    for (int64_t d = 0; d < D; d++) curvature += w->cc[d] * w->slopes[d];
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j <= i; j++) {
            double x = 0.0;
            for (int64_t d = 0; d < D; d++) x += w->slopes[d] * at->A[i * D + d] * at->A[j * D + d];
            w->AA[i * k + j] = x;
        }
    /* At a bound the leak does not follow. */
    double factor = kappa > p->low && kappa < p->high ? 1.0 / curvature : 0.0;
    for (int64_t i = 0; i < n; i++)
        hessian_row(p, w, at->inverse, factor, i, at->hessian + i * n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < i; j++) at->hessian[j * n + i] = at->hessian[i * n + j];
}

/* ---- readability (variable_projection._keep_readable) ---------------------------------------- */

/* Jacobi's rotations: eigenvalues on the diagonal of g, eigenvectors in the columns of U. */
static void eigenvectors(double *g, double *U, int64_t s, double trace) {
    for (int64_t a = 0; a < s; a++)
        for (int64_t b = 0; b < s; b++) U[a * s + b] = a == b;
    for (int sweep = 0; sweep < 30; sweep++) {
        double off = 0.0;
        for (int64_t a = 0; a < s; a++)
            for (int64_t b = 0; b < a; b++) off += g[a * s + b] * g[a * s + b];
        if (off <= 1e-40 * trace * trace) return;
        for (int64_t x = 1; x < s; x++)
            for (int64_t y = 0; y < x; y++) {
                if (g[x * s + y] == 0.0) continue;
                double half = (g[y * s + y] - g[x * s + x]) / (2.0 * g[x * s + y]);
                double t = copysign(1.0, half) / (fabs(half) + sqrt(half * half + 1.0));
                double cosine = 1.0 / sqrt(t * t + 1.0), sine = t * cosine;
                for (int64_t l = 0; l < s; l++) {
                    double u = g[l * s + x], v = g[l * s + y];
                    g[l * s + x] = cosine * u - sine * v;
                    g[l * s + y] = sine * u + cosine * v;
                }
                for (int64_t l = 0; l < s; l++) {
                    double u = g[x * s + l], v = g[y * s + l];
                    g[x * s + l] = cosine * u - sine * v;
                    g[y * s + l] = sine * u + cosine * v;
                }
                for (int64_t l = 0; l < s; l++) {
                    double u = U[l * s + x], v = U[l * s + y];
                    U[l * s + x] = cosine * u - sine * v;
                    U[l * s + y] = sine * u + cosine * v;
                }
            }
    }
}

/* M'M in full; returns its trace. */
static double gram_of_slopes(const Problem *p, const Workspace *w, const double *theta, double *g) {
    int64_t s = p->states;
    double trace = 0.0;
    for (int64_t a = 0; a < s; a++)
        for (int64_t b = 0; b <= a; b++) {
            double x = 0.0;
            for (int64_t i = 0; i < w->k; i++) x += theta[i * p->q + a] * theta[i * p->q + b];
            g[a * s + b] = g[b * s + a] = x;
            if (a == b) trace += x;
        }
    return trace;
}

/* variable_projection._surely_readable: a bound on the eigenvalues by det and trace. */
static int surely_readable(const Problem *p, Workspace *w, double trace) {
    int64_t s = p->states;
    memcpy(w->U, w->M, sizeof(double) * s * s);
    if (!cholesky(w->U, s)) return 0;
    double least = 1.0;
    for (int64_t a = 0; a < s; a++) least *= w->U[a * s + a] * w->U[a * s + a];
    least *= pow((double)(s - 1) / trace, (double)(s - 1));
    return least * p->soft_condition * p->soft_condition >= trace;
}

static void keep_readable(const Problem *p, Workspace *w, const double *theta,
                          const Evaluation *at) {
    int64_t s = p->states, q = p->q, n = w->n, least = 0;
    double trace = gram_of_slopes(p, w, theta, w->M), largest = 0.0, smallest = 0.0;
    if (surely_readable(p, w, trace)) return;
    eigenvectors(w->M, w->U, s, trace);
    for (int64_t a = 0; a < s; a++) {
        if (w->M[a * s + a] < w->M[least * s + least]) least = a;
        largest = fmax(largest, w->M[a * s + a]);
    }
    double wanted = fmax(sqrt(largest) / p->soft_condition, 1e-300);
    for (int64_t i = 0; i < w->k; i++) {
        double x = 0.0;
        for (int64_t a = 0; a < s; a++) x += theta[i * q + a] * w->U[a * s + least];
        w->across[i] = x;
        smallest += x * x;
    }
    smallest = sqrt(smallest);
    double lack = 1.0 - smallest / wanted;
    if (!(lack > 0.0)) return;
    for (int64_t i = 0; i < w->k; i++)
        for (int64_t a = 0; a < q; a++) {
            double along = a < s ? w->U[a * s + least] / -wanted : 0.0;
            w->tilt[i * q + a] = w->across[i] / fmax(smallest, 1e-300) * along;
        }
    double factor = 1.0 + p->steepness * lack * lack, pull = *at->value * p->steepness;
    for (int64_t i = 0; i < n; i++) {
        double *row = at->hessian + i * n;
        for (int64_t j = 0; j < n; j++)
            row[j] = row[j] * factor + pull * w->tilt[i] * w->tilt[j];
        at->gradient[i] = at->gradient[i] * factor + lack * pull * w->tilt[i];
    }
    *at->value *= factor;
}

/* ---- one start --------------------------------------------------------------------------------- */

static void evaluate_one(const Problem *p, Workspace *w, const double *theta,
                         const Evaluation *at) {
    int64_t k = w->k, D = p->D;
    *at->value = INFINITY;
    *at->settled = 1;
    for (int64_t i = 0; i < w->n; i++)
        if (!isfinite(theta[i])) return;
    w->variance = 1.0; /* divides only where centres have bounds, and is set there */
    form_gram(p, w, theta);
    keep_own_products(p, w);
    if (!project_out_free(p, w) || !eliminate_weights(p, w, at->inverse)) return;
    if (p->bounded) form_dual(w);
    double kappa = settle_leak(p, w, at->settled);
    *at->kappa = kappa;
    memcpy(at->by_output, w->outputs, sizeof(double) * D);
    double value = power_mean(p, w);
    for (int64_t i = 0; i < k; i++)
        for (int64_t d = 0; d < D; d++)
            at->A[i * D + d] = w->solved[(D + d) * k + i] + kappa * w->solved[d * k + i];
    first_derivatives(p, w, at->A, kappa, at->gradient);
    second_derivatives(p, w, at);
    /* Below zero is rounding of an ill-conditioned kernel: it would win every comparison. */
    if (!(isfinite(value) && value > 0.0)) return;
    *at->value = value;
    if (p->states > 1) keep_readable(p, w, theta, at);
}

static Evaluation start_of(const Evaluation *all, const Workspace *w, int64_t D, int64_t s) {
    int64_t n = w->n, k = w->k;
    return (Evaluation){
        all->value + s, all->by_output + s * D, all->gradient + s * n, all->hessian + s * n * n,
        all->A + s * k * D, all->kappa + s, all->inverse + s * k * k, all->settled + s,
    };
}

static void copy_evaluation(const Evaluation *to, const Evaluation *from, const Workspace *w,
                            int64_t D) {
    int64_t n = w->n, k = w->k;
    *to->value = *from->value;
    *to->kappa = *from->kappa;
    *to->settled = *from->settled;
    memcpy(to->by_output, from->by_output, sizeof(double) * D);
    memcpy(to->gradient, from->gradient, sizeof(double) * n);
    memcpy(to->hessian, from->hessian, sizeof(double) * n * n);
    memcpy(to->A, from->A, sizeof(double) * k * D);
    memcpy(to->inverse, from->inverse, sizeof(double) * k * k);
}

/* (H + mu diag H) step = -gradient (constraints.damped_step, without structure). */
FAST static int damped_step(Workspace *w, const Evaluation *at, double mu) {
    int64_t n = w->n;
    double largest = 0.0, *H = w->damped, *x = w->step;
    memcpy(H, at->hessian, sizeof(double) * n * n);
    for (int64_t i = 0; i < n; i++) largest = fmax(largest, H[i * n + i]);
    /* A neuron without weight has no curvature: the floor keeps the system solvable. */
    double floor = 1e-8 * largest + 2.2250738585072014e-308;
    for (int64_t i = 0; i < n; i++) H[i * n + i] += fmax(H[i * n + i], floor) * mu;
    if (!cholesky(H, n)) return 0;
    for (int64_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (int64_t j = 0; j < i; j++) sum += H[i * n + j] * x[j];
        x[i] = (-at->gradient[i] - sum) / H[i * n + i];
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        x[i] /= H[i * n + i];
        subtract(x, x[i], H + i * n, i);
    }
    return 1;
}

/* constraints.admissible: a neuron that is too steep keeps its hyperplane. */
static void make_admissible(const Problem *p, int64_t k, double *theta) {
    for (int64_t i = 0; i < k; i++) {
        double square = 0.0, *own = theta + i * p->q;
        for (int64_t a = 0; a < p->slopes; a++) square += own[a] * own[a];
        if (square > p->slope_cap * p->slope_cap) scale(own, p->slope_cap / sqrt(square), p->q);
    }
}

/* Up to `steps` more Levenberg-Marquardt steps of one evaluated start (refine.refine). */
static void refine_one(const Problem *p, const Policy *policy, Workspace *w, int64_t steps,
                       double *theta, const Evaluation *at, const Evaluation *there,
                       double *tried, const State *state) {
    int64_t n = w->n;
    for (int64_t step = 0; step < steps; step++) {
        if (*state->idle >= policy->patience || !isfinite(*at->value)) return;
        double value = INFINITY;
        int solved = damped_step(w, at, *state->mu);
        if (solved) {
            for (int64_t i = 0; i < n; i++) tried[i] = theta[i] + w->step[i];
            make_admissible(p, w->k, tried);
            evaluate_one(p, w, tried, there);
            value = *there->value;
        }
        int better = value < *at->value;
        int slow = !(value < (1.0 - policy->slow) * *at->value);
        *state->tries += 1;
        *state->unsolved = !solved;
        *state->idle = slow ? *state->idle + 1 : 0;
        *state->mu = clipped(*state->mu * (better ? policy->relax : policy->tighten),
                             policy->least_damping, policy->most_damping);
        if (!better) continue;
        memcpy(theta, tried, sizeof(double) * n);
        copy_evaluation(at, there, w, p->D);
    }
}

/* ---- memory and entry points -------------------------------------------------------------------- */

/* The next `count` doubles of one block, whose parts begin at multiples of 64 bytes; with a base
   of NULL nothing is handed out, only counted. */
static double *take(double *base, int64_t *used, int64_t count) {
    double *part = base ? base + *used : NULL;
    *used += (count + 7) / 8 * 8;
    return part;
}

static int64_t lay_out(const Problem *p, int64_t k, double *base, Workspace *w) {
    int64_t q = p->q, D = p->D, c = p->c, s = p->states, n = k * q, m = n + 2 * D;
    int64_t rows = k + m + c, padded = (rows + TILE - 1) / TILE * TILE, used = 0;
    w->k = k; w->n = n; w->m = m; w->rows = rows; w->padded = padded;
#define TAKE(name, count) w->name = take(base, &used, count)
    TAKE(stack, padded * BLOCK); TAKE(current, BLOCK); TAKE(slope, BLOCK);
    TAKE(gram, padded * padded); TAKE(free_factor, c * c); TAKE(share, k + m);
    TAKE(own, n * (q + 1)); TAKE(squares, k); TAKE(L, k * k); TAKE(back, k * k);
    TAKE(explained, k * m); TAKE(left, m * m); TAKE(solved, 2 * D * k);
    TAKE(dual_neurons, k); TAKE(dual_rows, m);
    TAKE(residual, D * n); TAKE(each, D * n); TAKE(change, D * n); TAKE(moved, n);
    TAKE(AA, k * k); TAKE(acc, n);
    TAKE(a, D); TAKE(b, D); TAKE(cc, D); TAKE(start, D); TAKE(rise, D);
    TAKE(ha, D); TAKE(hb, D); TAKE(hc, D);
    TAKE(outputs, D); TAKE(slopes, D); TAKE(bend, D * D);
    TAKE(excess, D); TAKE(sign, D); TAKE(steep, D);
    TAKE(M, s * s); TAKE(U, s * s); TAKE(across, k); TAKE(tilt, n);
    TAKE(damped, n * n); TAKE(step, n);
#undef TAKE
    return used;
}

/* A block for the workspace and `more` doubles after it; *memory is what to free. */
static double *prepare(const Problem *p, int64_t k, int64_t more, Workspace *w, void **memory) {
    memset(w, 0, sizeof(*w));
    int64_t used = lay_out(p, k, NULL, w);
    *memory = malloc(sizeof(double) * (used + more + 8));
    if (!*memory) return NULL;
    double *base = (double *)(((uintptr_t)*memory + 63) / 64 * 64);
    lay_out(p, k, base, w);
    /* Rows of padding and samples beyond the last are multiplied too: they must be finite. */
    memset(w->stack, 0, sizeof(double) * w->padded * BLOCK);
    return base + used;
}

/* Evaluate `starts` starts of k neurons; 1 when there is no memory. */
int64_t lrfit_evaluate(const Problem *p, int64_t starts, int64_t k, const double *theta,
                       const Evaluation *out) {
    Workspace w;
    void *memory;
    if (!prepare(p, k, 0, &w, &memory)) return 1;
    for (int64_t s = 0; s < starts; s++) {
        Evaluation at = start_of(out, &w, p->D, s);
        evaluate_one(p, &w, theta + s * w.n, &at);
    }
    free(memory);
    return 0;
}

/* Up to `steps` more steps of evaluated starts, in place; 1 when there is no memory. */
int64_t lrfit_refine(const Problem *p, const Policy *policy, int64_t starts, int64_t k,
                     int64_t steps, double *theta, const Evaluation *out, const State *state) {
    Workspace w;
    void *memory;
    int64_t n = k * p->q, D = p->D, settled;
    double *spare = prepare(p, k, 2 + D + 2 * n + n * n + k * D + k * k, &w, &memory);
    if (!spare) return 1;
    double *gradient = spare + 2 + D, *hessian = gradient + n, *A = hessian + n * n;
    double *inverse = A + k * D, *tried = inverse + k * k;
    Evaluation there = {spare, spare + 2, gradient, hessian, A, spare + 1, inverse, &settled};
    for (int64_t s = 0; s < starts; s++) {
        Evaluation at = start_of(out, &w, D, s);
        State own = {state->mu + s, state->idle + s, state->tries + s, state->unsolved + s};
        refine_one(p, policy, &w, steps, theta + s * n, &at, &there, tried, &own);
    }
    free(memory);
    return 0;
}

/* tanh of `count` numbers, for tests. */
void lrfit_tanh(const double *x, const double *root, int64_t count, double *rate, double *slope) {
    tanh_rows(x, root, count, rate, slope);
}

/* Sizes of the structures, which must be those of kernel_library.py. */
int64_t lrfit_sizes(void) {
    return (int64_t)(sizeof(Problem) + 1000 * sizeof(Policy) + 1000000 * sizeof(Evaluation)
                     + 1000000000 * sizeof(State));
}
