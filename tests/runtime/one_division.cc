// What NoFloatingPoint must find.

float one_division(float a, float b);

float one_division(float a, float b) { return a / b; }
