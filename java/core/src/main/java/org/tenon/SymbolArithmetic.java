package org.tenon;

import java.util.List;
import org.tenon.internal.NativeObject;

/**
 * The arithmetic of {@link Symbol}, which needs equal shapes, as MXNet's; {@link Ops} has what
 * broadcasts.
 */
abstract class SymbolArithmetic extends NativeObject {
  private static final String[] NONE = {};

  SymbolArithmetic(long handle) {
    super(handle);
  }

  private Symbol self() {
    return (Symbol) this;
  }

  private Symbol binary(String op, Symbol other) {
    return OpCalls.compose(op, NONE, "", List.of(self(), other), null);
  }

  private Symbol scalar(String op, double scalar) {
    String[] attributes = {"scalar", Double.toString(scalar)};
    return OpCalls.compose(op, attributes, "", List.of(self()), null);
  }

  /**
   * Sum of symbols of equal shapes.
   *
   * @param other addend
   * @return a new symbol
   */
  public Symbol add(Symbol other) {
    return binary("elemwise_add", other);
  }

  /**
   * Sum with a number.
   *
   * @param scalar addend, for every element
   * @return a new symbol
   */
  public Symbol add(double scalar) {
    return scalar("_plus_scalar", scalar);
  }

  /**
   * Difference of symbols of equal shapes.
   *
   * @param other subtrahend
   * @return a new symbol
   */
  public Symbol sub(Symbol other) {
    return binary("elemwise_sub", other);
  }

  /**
   * Difference with a number.
   *
   * @param scalar subtrahend, for every element
   * @return a new symbol
   */
  public Symbol sub(double scalar) {
    return scalar("_minus_scalar", scalar);
  }

  /**
   * Product, element by element of symbols of equal shapes.
   *
   * @param other factor
   * @return a new symbol
   */
  public Symbol mul(Symbol other) {
    return binary("elemwise_mul", other);
  }

  /**
   * Product, element by element with a number.
   *
   * @param scalar factor, for every element
   * @return a new symbol
   */
  public Symbol mul(double scalar) {
    return scalar("_mul_scalar", scalar);
  }

  /**
   * Quotient of symbols of equal shapes.
   *
   * @param other divisor
   * @return a new symbol
   */
  public Symbol div(Symbol other) {
    return binary("elemwise_div", other);
  }

  /**
   * Quotient with a number.
   *
   * @param scalar divisor, for every element
   * @return a new symbol
   */
  public Symbol div(double scalar) {
    return scalar("_div_scalar", scalar);
  }

  /**
   * Power of symbols of equal shapes.
   *
   * @param other exponent
   * @return a new symbol
   */
  public Symbol pow(Symbol other) {
    return binary("_power", other);
  }

  /**
   * Power with a number.
   *
   * @param scalar exponent, for every element
   * @return a new symbol
   */
  public Symbol pow(double scalar) {
    return scalar("_power_scalar", scalar);
  }

  /**
   * Number minus element.
   *
   * @param scalar minuend
   * @return a new symbol
   */
  public Symbol rsub(double scalar) {
    return scalar("_rminus_scalar", scalar);
  }

  /**
   * Number over element.
   *
   * @param scalar dividend
   * @return a new symbol
   */
  public Symbol rdiv(double scalar) {
    return scalar("_rdiv_scalar", scalar);
  }

  /**
   * The negative of each element.
   *
   * @return a new symbol
   */
  public Symbol neg() {
    return OpCalls.compose("negative", NONE, "", List.of(self()), null);
  }
}
