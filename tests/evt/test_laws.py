"""The laws of the normalised magnitude against tabulated values, scipy and quadrature."""

import numpy as np
import pytest
from scipy import integrate, stats

from asperity.core.errors import InputError
from asperity.evt import LAWS, Gev, ShiftedLogNormal
from asperity.evt.laws import law_named

GEV, LOG_NORMAL = LAWS["gev", "published"], LAWS["lognormal", "published"]

# x, GEV cdf and pdf, log-normal cdf and pdf.
TABLE = [
    (-0.2, 0.0000004695, 0.000126699, 0.0, 0.0),
    (-0.1, 0.0443592412, 1.7947830921, 0.0662509772, 2.1447010446),
    (0.0, 0.3678794412, 3.6787944117, 0.3635209363, 3.1280269820),
    (0.05, 0.5363568332, 2.9966501881, 0.5091121389, 2.6589214124),
    (0.1, 0.6659473848, 2.2011164397, 0.6280571357, 2.1011599130),
    (0.2, 0.8245314109, 1.0896241377, 0.7899310748, 1.2010702356),
    (0.3, 0.9029047529, 0.5456868338, 0.8806192437, 0.6643730700),
    (0.5, 0.9647749458, 0.1609173784, 0.9589716319, 0.2094476899),
    (1.0, 0.9944488450, 0.0167749052, 0.9958203555, 0.0171140891),
    (1.5, 0.9984839483, 0.0034042740, 0.9993539165, 0.0022081901),
]
QUANTILES = [
    (0.05, -0.09696952, -0.10808694),
    (0.10, -0.07589162, -0.08570026),
    (0.25, -0.03146665, -0.03547518),
    (0.50, 0.03824045, 0.04659696),
    (0.75, 0.14427560, 0.16961027),
    (0.90, 0.29476939, 0.33202273),
    (0.95, 0.42612833, 0.46160418),
    (0.99, 0.81769691, 0.79581750),
]


@pytest.mark.parametrize("row", TABLE)
def test_tabulated_values(row):
    x, gev_cdf, gev_pdf, normal_cdf, normal_pdf = row
    assert float(GEV.cdf(x)) == pytest.approx(gev_cdf, abs=1e-9)
    assert float(GEV.pdf(x)) == pytest.approx(gev_pdf, abs=1e-9)
    assert float(LOG_NORMAL.cdf(x)) == pytest.approx(normal_cdf, abs=1e-9)
    assert float(LOG_NORMAL.pdf(x)) == pytest.approx(normal_pdf, abs=1e-9)


@pytest.mark.parametrize(("p", "gev", "normal"), QUANTILES)
def test_tabulated_quantiles(p, gev, normal):
    assert float(GEV.quantile(p)) == pytest.approx(gev, abs=5e-9)
    assert float(LOG_NORMAL.quantile(p)) == pytest.approx(normal, abs=5e-9)


def test_sign_of_the_shape_is_the_heavy_upper_tail():
    """With the other sign the law would end at 0.4348 and F(0.5) would be exactly 1."""
    assert float(GEV.cdf(0.5)) == pytest.approx(0.96477, abs=1e-5)
    assert float(stats.genextreme(c=0.23, scale=0.1).cdf(0.5)) == 1.0
    x = np.linspace(-0.6, 3.0, 50)
    np.testing.assert_allclose(GEV.cdf(x), stats.genextreme(c=-0.23, scale=0.1).cdf(x), atol=1e-14)
    np.testing.assert_allclose(
        LOG_NORMAL.cdf(x), stats.lognorm(s=0.6, loc=-0.2, scale=np.exp(-1.4)).cdf(x), atol=1e-14
    )


@pytest.mark.parametrize(
    ("law", "mean", "sd"),
    [(GEV, 0.0868227711, 0.1971017079), (LOG_NORMAL, 0.0952301669, 0.1943434093)],
)
def test_published_moments_by_quadrature(law, mean, sd):
    low = float(law.quantile(0.0))
    low = max(low, -1.0)

    def moment(k):
        near = integrate.quad(lambda x: x**k * float(law.pdf(x)), low + 1e-9, 1.0, limit=200)[0]
        return near + integrate.quad(lambda x: x**k * float(law.pdf(x)), 1.0, np.inf, limit=200)[0]

    assert moment(1) == pytest.approx(mean, abs=1e-7)
    assert moment(2) - moment(1) ** 2 == pytest.approx(sd**2, abs=1e-6)


@pytest.mark.parametrize("law", LAWS.values(), ids=[" ".join(k) for k in LAWS])
@pytest.mark.parametrize("x", [-0.6, -0.2, 0.0, 0.3, 1.5, 10.0])
def test_tails_are_the_integrals_of_the_survival_function(law, x):
    for tail, power in ((law.tail, 1), (law.tail_of_square, 2)):
        pieces = [x, *[edge for edge in (-0.1, 0.2, 1.0, 5.0, 50.0, 1e4) if edge > x], np.inf]
        expected = sum(
            integrate.quad(lambda v, p=power: float(law.sf(v)) ** p, a, b, epsabs=1e-13, limit=200)[
                0
            ]
            for a, b in zip(pieces, pieces[1:], strict=False)
        )
        assert float(tail(x)) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_quantile_undoes_the_distribution():
    for law in LAWS.values():
        x = np.linspace(-0.1, 2.0, 30)
        np.testing.assert_allclose(law.quantile(law.cdf(x)), x, atol=1e-9)


def test_impossible_parameters_are_refused():
    with pytest.raises(InputError, match="sigma > 0"):
        Gev(0.2, -0.1, 0.0)
    with pytest.raises(InputError, match="sigma > 0"):
        ShiftedLogNormal(0.0, 0.0, 0.0)
    with pytest.raises(InputError, match="published, refit"):
        law_named("gev", "mine")
