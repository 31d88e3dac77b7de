package org.tenon;

import java.util.List;
import org.tenon.internal.Given;
import org.tenon.internal.NativeObject;

/**
 * The arithmetic of {@link Symbol}, which needs equal shapes, as MXNet's; {@link Ops} has what
 * broadcasts. Nodes are named as MXNet's Python operators name theirs: {@code _plus0}, {@code
 * _plusscalar0}.
 */
abstract class SymbolArithmetic extends NativeObject {
  private static final String[] NONE = {};

  SymbolArithmetic(long handle) {
    super(handle);
  }

  /** This object as what it is. */
  final Symbol self() {
    return (Symbol) this;
  }

  private Symbol binary(String op, String called, Symbol other) {
    return OpCalls.compose(op, called, NONE, "", Given.list("symbols", self(), other), null);
  }

  private Symbol scalar(String op, String called, double scalar) {
    String[] attributes = {"scalar", Double.toString(scalar)};
    return OpCalls.compose(op, called, attributes, "", List.of(self()), null);
  }

  /**
   * Sum of symbols of equal shapes.
   *
   * @param other addend
   * @return a new symbol
   */
  public Symbol add(Symbol other) {
    return binary("elemwise_add", "_plus", other);
  }

  /**
   * Sum with a number.
   *
   * @param scalar addend, for every element
   * @return a new symbol
   */
  public Symbol add(double scalar) {
    return scalar("_plus_scalar", "_plusscalar", scalar);
  }

  /**
   * Difference of symbols of equal shapes.
   *
   * @param other subtrahend
   * @return a new symbol
   */
  public Symbol sub(Symbol other) {
    return binary("elemwise_sub", "_minus", other);
  }

  /**
   * Difference with a number.
   *
   * @param scalar subtrahend, for every element
   * @return a new symbol
   */
  public Symbol sub(double scalar) {
    return scalar("_minus_scalar", "_minusscalar", scalar);
  }

  /**
   * Product, element by element, of symbols of equal shapes.
   *
   * @param other factor
   * @return a new symbol
   */
  public Symbol mul(Symbol other) {
    return binary("elemwise_mul", "_mul", other);
  }

  /**
   * Product, element by element, with a number.
   *
   * @param scalar factor, for every element
   * @return a new symbol
   */
  public Symbol mul(double scalar) {
    return scalar("_mul_scalar", "_mulscalar", scalar);
  }

  /**
   * Quotient of symbols of equal shapes.
   *
   * @param other divisor
   * @return a new symbol
   */
  public Symbol div(Symbol other) {
    return binary("elemwise_div", "_div", other);
  }

  /**
   * Quotient with a number.
   *
   * @param scalar divisor, for every element
   * @return a new symbol
   */
  public Symbol div(double scalar) {
    return scalar("_div_scalar", "_divscalar", scalar);
  }

  /**
   * Remainder of symbols of equal shapes.
   *
   * @param other divisor
   * @return a new symbol
   */
  public Symbol mod(Symbol other) {
    return binary("_mod", "_mod", other);
  }

  /**
   * Remainder with a number.
   *
   * @param scalar divisor, for every element
   * @return a new symbol
   */
  public Symbol mod(double scalar) {
    return scalar("_mod_scalar", "_modscalar", scalar);
  }

  /**
   * Power of symbols of equal shapes.
   *
   * @param other exponent
   * @return a new symbol
   */
  public Symbol pow(Symbol other) {
    return binary("_power", "_power", other);
  }

  /**
   * Power with a number.
   *
   * @param scalar exponent, for every element
   * @return a new symbol
   */
  public Symbol pow(double scalar) {
    return scalar("_power_scalar", "_powerscalar", scalar);
  }

  /**
   * The greater element of symbols of equal shapes.
   *
   * @param other candidate
   * @return a new symbol
   */
  public Symbol maximum(Symbol other) {
    return binary("_maximum", "_maximum", other);
  }

  /**
   * The greater of element and number.
   *
   * @param scalar candidate, for every element
   * @return a new symbol
   */
  public Symbol maximum(double scalar) {
    return scalar("_maximum_scalar", "_maximumscalar", scalar);
  }

  /**
   * The lesser element of symbols of equal shapes.
   *
   * @param other candidate
   * @return a new symbol
   */
  public Symbol minimum(Symbol other) {
    return binary("_minimum", "_minimum", other);
  }

  /**
   * The lesser of element and number.
   *
   * @param scalar candidate, for every element
   * @return a new symbol
   */
  public Symbol minimum(double scalar) {
    return scalar("_minimum_scalar", "_minimumscalar", scalar);
  }

  /**
   * 1 where elements of symbols of equal shapes are equal, else 0.
   *
   * @param other what to compare with
   * @return a new symbol
   */
  public Symbol eq(Symbol other) {
    return binary("_equal", "_equal", other);
  }

  /**
   * 1 where elements are equal, else 0.
   *
   * @param scalar what to compare every element with
   * @return a new symbol
   */
  public Symbol eq(double scalar) {
    return scalar("_equal_scalar", "_equal_scalar", scalar);
  }

  /**
   * 1 where elements of symbols of equal shapes are not equal, else 0.
   *
   * @param other what to compare with
   * @return a new symbol
   */
  public Symbol ne(Symbol other) {
    return binary("_not_equal", "_not_equal", other);
  }

  /**
   * 1 where elements are not equal, else 0.
   *
   * @param scalar what to compare every element with
   * @return a new symbol
   */
  public Symbol ne(double scalar) {
    return scalar("_not_equal_scalar", "_not_equal_scalar", scalar);
  }

  /**
   * 1 where elements of symbols of equal shapes are greater, else 0.
   *
   * @param other what to compare with
   * @return a new symbol
   */
  public Symbol gt(Symbol other) {
    return binary("_greater", "_greater", other);
  }

  /**
   * 1 where elements are greater, else 0.
   *
   * @param scalar what to compare every element with
   * @return a new symbol
   */
  public Symbol gt(double scalar) {
    return scalar("_greater_scalar", "_greater_scalar", scalar);
  }

  /**
   * 1 where elements of symbols of equal shapes are greater or equal, else 0.
   *
   * @param other what to compare with
   * @return a new symbol
   */
  public Symbol ge(Symbol other) {
    return binary("_greater_equal", "_greater_equal", other);
  }

  /**
   * 1 where elements are greater or equal, else 0.
   *
   * @param scalar what to compare every element with
   * @return a new symbol
   */
  public Symbol ge(double scalar) {
    return scalar("_greater_equal_scalar", "_greater_equal_scalar", scalar);
  }

  /**
   * 1 where elements of symbols of equal shapes are lesser, else 0.
   *
   * @param other what to compare with
   * @return a new symbol
   */
  public Symbol lt(Symbol other) {
    return binary("_lesser", "_lesser", other);
  }

  /**
   * 1 where elements are lesser, else 0.
   *
   * @param scalar what to compare every element with
   * @return a new symbol
   */
  public Symbol lt(double scalar) {
    return scalar("_lesser_scalar", "_lesser_scalar", scalar);
  }

  /**
   * 1 where elements of symbols of equal shapes are lesser or equal, else 0.
   *
   * @param other what to compare with
   * @return a new symbol
   */
  public Symbol le(Symbol other) {
    return binary("_lesser_equal", "_lesser_equal", other);
  }

  /**
   * 1 where elements are lesser or equal, else 0.
   *
   * @param scalar what to compare every element with
   * @return a new symbol
   */
  public Symbol le(double scalar) {
    return scalar("_lesser_equal_scalar", "_lesser_equal_scalar", scalar);
  }

  /**
   * Number minus element.
   *
   * @param scalar minuend
   * @return a new symbol
   */
  public Symbol rsub(double scalar) {
    return scalar("_rminus_scalar", "_rminusscalar", scalar);
  }

  /**
   * Number over element.
   *
   * @param scalar dividend
   * @return a new symbol
   */
  public Symbol rdiv(double scalar) {
    return scalar("_rdiv_scalar", "_rdivscalar", scalar);
  }

  /**
   * Remainder of number over element.
   *
   * @param scalar dividend
   * @return a new symbol
   */
  public Symbol rmod(double scalar) {
    return scalar("_rmod_scalar", "_rmodscalar", scalar);
  }

  /**
   * Number to the power of element.
   *
   * @param scalar base
   * @return a new symbol
   */
  public Symbol rpow(double scalar) {
    return scalar("_rpower_scalar", "_rpowerscalar", scalar);
  }

  /**
   * The negative of each element: as in MXNet, the product with -1.
   *
   * @return a new symbol
   */
  public Symbol neg() {
    return mul(-1);
  }
}
