"""How far two samples lie apart, and how surely: numbers by Kolmogorov and Smirnov, cells by chi-square and PSI."""
