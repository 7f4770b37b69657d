CREATE SCHEMA billing;

CREATE TYPE order_status AS ENUM ('open', 'paid', 'shipped', 'cancelled');

CREATE TABLE customers (
    id         bigint PRIMARY KEY,
    email      text NOT NULL,
    name       text NOT NULL,
    country    char(2),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));

CREATE TABLE addresses (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    street      text NOT NULL,
    city        text NOT NULL
);

CREATE TABLE products (
    id    bigint PRIMARY KEY,
    sku   text NOT NULL UNIQUE,
    title text NOT NULL,
    price numeric(12, 2) NOT NULL CHECK (price >= 0),
    stock integer NOT NULL DEFAULT 0
);

CREATE TABLE orders (
    id          bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    address_id  bigint REFERENCES addresses (id),
    status      order_status NOT NULL DEFAULT 'open',
    total       numeric(12, 2) NOT NULL DEFAULT 0,
    placed_at   timestamptz NOT NULL DEFAULT now(),
    note        text
);
CREATE INDEX orders_customer_idx ON orders (customer_id, placed_at DESC);

CREATE TABLE order_items (
    order_id   bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES products (id),
    quantity   integer NOT NULL CHECK (quantity > 0),
    price      numeric(12, 2) NOT NULL,
    PRIMARY KEY (order_id, product_id)
);

CREATE TABLE shipments (
    id         bigint PRIMARY KEY,
    order_id   bigint NOT NULL REFERENCES orders (id),
    carrier    text NOT NULL,
    shipped_at timestamptz
);

CREATE TABLE reviews (
    id          bigint PRIMARY KEY,
    product_id  bigint NOT NULL REFERENCES products (id),
    customer_id bigint NOT NULL REFERENCES customers (id),
    stars       smallint NOT NULL,
    text        text
);

CREATE TABLE billing.invoices (
    id        bigint PRIMARY KEY,
    order_id  bigint NOT NULL REFERENCES orders (id),
    amount    numeric(12, 2) NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE billing.payments (
    id         bigint PRIMARY KEY,
    invoice_id bigint NOT NULL REFERENCES billing.invoices (id),
    amount     numeric(12, 2) NOT NULL,
    method     text NOT NULL
);

CREATE TABLE audit_log (
    id      bigint PRIMARY KEY,
    who     text NOT NULL,
    what    text NOT NULL,
    done_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX audit_log_who_idx ON audit_log (who);

CREATE VIEW open_orders AS
    SELECT o.id, o.placed_at, c.email, o.total
    FROM orders o
    JOIN customers c ON c.id = o.customer_id
    WHERE o.status = 'open';

CREATE FUNCTION order_total(of bigint) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
DECLARE
    result numeric := 0;
BEGIN
    SELECT coalesce(sum(quantity * price), 0)
    INTO result
    FROM order_items
    WHERE order_id = of;
    -- Cancelled orders cost nothing.
    IF (SELECT status FROM orders WHERE id = of) = 'cancelled' THEN
        RETURN 0;
    END IF;
    RETURN round(result, 2);
END
$$;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_log (id, who, what) VALUES (1, current_user, TG_OP);
    RETURN NEW;
END
$$;
CREATE TRIGGER orders_audit AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE orders IS 'What customers bought';
